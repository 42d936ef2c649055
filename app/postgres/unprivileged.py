"""Runs PostgreSQL programs without root privileges when Parley itself runs as root.

PostgreSQL does not run as user 0. The usual workarounds, a new account and folders that this account can read, weaken the
machine. This launcher changes the identity of the program instead. It tries, in this order:

1. A user namespace in which root is mapped to `nobody`. Outside, all files and processes still belong to root.
2. If namespaces are not permitted (as in most containers): the uid of `nobody`, with only the capability to search
   directories. The files then belong to `nobody`, but are inside a folder that belongs to root and has mode 0700, so
   that other processes of `nobody` cannot access them.

It runs as a separate script, because only a process without threads can enter a user namespace:

    python -I -S unprivileged.py [--no-namespace] OWNED_FOLDER... -- PROGRAM ARGUMENT...
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
    """Return the command line for `command`: unchanged, or prefixed with this launcher if the user is root.

    `owned` are the folders that must belong to the program; the launcher changes their owner, including their contents.
    """
    if os.geteuid() != 0:
        return list(command)
    return [sys.executable, "-I", "-S", __file__, *map(str, owned), "--", *command]


def enter_namespace(uid: int, gid: int) -> None:
    """Move this process to a user namespace in which root is mapped to `uid`. Raises OSError if not permitted."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    # The kernel permits writing gid_map only after setgroups is denied.
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{gid} 0 1")


def namespace_allowed(uid: int, gid: int) -> bool:
    """Test in a child process whether namespaces are permitted. A process in a namespace cannot leave it or chown folders."""
    child = os.fork()
    if child == 0:
        try:
            enter_namespace(uid, gid)
        except (OSError, AttributeError):
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def drop_privileges(uid: int, gid: int) -> None:
    """Change permanently to `uid`, keeping only the capability to search directories."""
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result: int, what: str) -> None:
        if result != 0:
            raise OSError(ctypes.get_errno(), what)

    held = 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            held = int(line.split()[1], 16)
    # CAP_DAC_READ_SEARCH is enough; containers often grant only the wider CAP_DAC_OVERRIDE.
    capability = CAP_DAC_READ_SEARCH if held & (1 << CAP_DAC_READ_SEARCH) else CAP_DAC_OVERRIDE
    # initdb looks for its programs with access(), which honors the capabilities of non-root users only if this bit is
    # set. If the bit cannot be set, initdb does not find programs below a folder that other users cannot access.
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


def change_owner(folder: Path, uid: int, gid: int) -> None:
    """Change the owner of `folder` and its contents to `uid`. The folder itself comes last, so its owner shows that
    the contents are done."""
    if folder.lstat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in (*folders, *files):
            os.lchown(os.path.join(parent, name), uid, gid)
    os.chown(folder, uid, gid)


def main(arguments: Sequence[str]) -> None:
    """Drop privileges and execute the program. On failure, write the reason to stderr and exit with status 77."""
    split = arguments.index("--")
    options, program = arguments[:split], arguments[split + 1 :]
    owned = [Path(option) for option in options if not option.startswith("--")]
    try:
        if not sys.platform.startswith("linux"):
            raise OSError(f"not supported on {sys.platform}")
        nobody = pwd.getpwnam("nobody")
        in_namespace = "--no-namespace" not in options and namespace_allowed(nobody.pw_uid, nobody.pw_gid)
        for folder in owned:
            if in_namespace:
                change_owner(folder, 0, 0)
            else:
                change_owner(folder, nobody.pw_uid, nobody.pw_gid)
        os.chdir("/")
        if in_namespace:
            enter_namespace(nobody.pw_uid, nobody.pw_gid)
        else:
            drop_privileges(nobody.pw_uid, nobody.pw_gid)
    except (OSError, KeyError) as error:
        sys.stderr.write(
            f"PostgreSQL does not run as root, and dropping root privileges failed ({error}). "
            "Start Parley as an ordinary user, or set `DATABASE_URL` to your own PostgreSQL server.\n"
        )
        sys.exit(77)
    os.execv(program[0], list(program))  # noqa: S606 - the purpose of this script; no shell is needed


if __name__ == "__main__":
    main(sys.argv[1:])
