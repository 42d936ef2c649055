"""Run a program of the wheel when Parley itself is started by root.

PostgreSQL refuses to run as user 0, and the usual ways out are worse than the refusal: a new account on
the user's machine, folders opened for everybody so that this account can reach them. This launcher gives
the program another face instead and opens nothing. It tries, in this order:

1. A user namespace in which root is called `nobody`. Outside, every file and process stays root's.
2. Where namespaces are forbidden (most containers): the uid of `nobody`, holding only the capability to
   look into folders. The files then belong to `nobody`, but lie in a 0700 folder of root's, so other
   processes of `nobody` cannot reach them.

It runs as a script of its own, because a namespace can only be entered by a process without threads:

    python -I -S embedded_root.py [--no-namespace] OWNED_FOLDER... -- PROGRAM ARGUMENT...
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


def unprivileged(command: Sequence[str], owned: Sequence[Path]) -> list[str]:
    """The command line to use for `command`: itself, or behind this launcher if we are root.

    `owned` are the folders that must belong to the program; the launcher hands them over, contents included.
    """
    if os.geteuid() != 0:
        return list(command)
    return [sys.executable, "-I", "-S", __file__, *map(str, owned), "--", *command]


def enter_namespace(uid: int, gid: int) -> None:
    """Move this process to a user namespace in which root is called `uid`; OSError where forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    # The kernel lets a process write its group map only after it has given up choosing its groups.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{gid} 0 1")


def namespace_allowed(uid: int, gid: int) -> bool:
    """Try it in a child: who has entered a namespace cannot hand folders over or turn back."""
    child = os.fork()
    if child == 0:
        try:
            enter_namespace(uid, gid)
        except (OSError, AttributeError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def become(uid: int, gid: int) -> None:
    """Turn into `uid` for good, keeping nothing of root but the right to walk through closed folders."""
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result: int, what: str) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), what)

    held = 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            held = int(line.split()[1], 16)
    # Reading and searching is all that is needed; containers often grant only the wider capability.
    capability = CAP_DAC_READ_SEARCH if held & (1 << CAP_DAC_READ_SEARCH) else CAP_DAC_OVERRIDE
    # access(), with which initdb looks for its programs, heeds the capability of a user other than root only under
    # this bit; where it may not be set, only folders that are closed on the way to the programs are out of reach.
    libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0)
    check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bits = 1 << capability
    # Effective, permitted, inheritable: for capabilities 0-31, then for 32-63.
    check(libc.capset(header, (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)), "set capabilities")
    check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "pass capabilities on")


def hand_over(folder: Path, uid: int, gid: int) -> None:
    """Make `folder` and all in it belong to `uid`, the folder itself last: it tells whether all is done."""
    if folder.lstat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.lchown(os.path.join(parent, name), uid, gid)
    os.chown(folder, uid, gid)


def main(arguments: Sequence[str]) -> None:
    """Take the other face and turn into the program; says why on stderr and ends with 77 if it cannot."""
    split = arguments.index("--")
    options, program = arguments[:split], arguments[split + 1 :]
    owned = [Path(option) for option in options if not option.startswith("--")]
    try:
        if not sys.platform.startswith("linux"):
            raise OSError(f"not possible on {sys.platform}")
        nobody = pwd.getpwnam("nobody")
        in_namespace = "--no-namespace" not in options and namespace_allowed(nobody.pw_uid, nobody.pw_gid)
        for folder in owned:
            if in_namespace:
                hand_over(folder, 0, 0)
            else:
                hand_over(folder, nobody.pw_uid, nobody.pw_gid)
        os.chdir("/")
        if in_namespace:
            enter_namespace(nobody.pw_uid, nobody.pw_gid)
        else:
            become(nobody.pw_uid, nobody.pw_gid)
    except (OSError, KeyError) as error:
        sys.stderr.write(
            f"PostgreSQL does not run as root, and its rights could not be lowered here ({error}). "
            "Start Parley as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.\n"
        )
        sys.exit(77)
    os.execv(program[0], list(program))  # noqa: S606 - the whole purpose; no shell wanted


if __name__ == "__main__":
    main(sys.argv[1:])
