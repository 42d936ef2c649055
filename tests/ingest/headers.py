"""The headers of released tables of other data sets, in the order of the files."""


def _names(text: str, sign: str | None = None) -> list[str]:
    return text.split(sign)


#: PA-X, version 9: what it says of the agreement itself, and the coding of issues.
ABOUT = _names(
    "Con Contp PP PPName Reg AgtId Ver Agt Dat Status Lgt N_characters Agtp Stage StageSub Part ThrdPart OthAgr Loc1ISO"
    " Loc2ISO Loc1GWNO Loc2GWNO UcdpCon UcdpAgr PamAgr CowWar Interim"
)
CODED = _names(
    "GCh GChRhet GChAntid GChSubs GChOth GDis GDisRhet GDisAntid GDisSubs GDisOth GAge GAgeRhet GAgeAntid GAgeSubs "
    "GAgeOth GMig GMigRhet GMigAntid GMigSubs GMigOth GRa GRaRhet GRaAntid GRaSubs GRaOth GRe GReRhet GReAntid "
    "GReSubs GReOth GInd GIndRhet GIndAntid GIndSubs GIndOth GOth GOthRhet GOthAntid GOthSubs GOthOth GRef GRefRhet "
    "GRefSubs GRefOth GSoc GSocRhet GSocAntid GSocSubs GSocOth GeWom GeMe GeMeNu GeMeOth GeLgbti GeLgbtiPos "
    "GeLgbtiNeg GeFa StDef StGen StCon StSd StRef StSym StInd StUni StBor StXbor Pol PolGen PolNewInd PolNewTemp Ele "
    "ElecComm PolPar PolParTrans PolParOth Civso Tral Pubad ConGen ConRen Cons Polps PpsGe PpsGe:St PpsGe:Sub PpsEx "
    "PpsEx:St PpsEx:Sub PpsOro PpsOro:St PpsOro:Sub PpsOthPr PpsOthPr:St PpsOthPr:Sub PpsVet PpsVet:St PpsVet:Sub "
    "PpsAut PpsAut:St PpsAut:Sub PpsInt PpsInt:St PpsInt:Sub PpsOth PpsOth:St PpsOth:Sub Terps TpsSub TpsLoc TpsAut "
    "TpsOth Eps EpsRes EpsFis EpsOth Mps MpsMe MpsJt MpsPro MpsOth HrGen HrBor HrTrinc HrCp CprLife CprTort CprEq "
    "CprSlav CprLib CprDet CprFmov CprFspe CprFass CprTria CprPriv CprVote CprReli CprOth HrSec SerProp SerWork "
    "SerHeal SerEdu SerStdl SerShel SerSs SerCult SerOth HrCit CitGen CitRights CitDef CitOth HrDem HrDet Med MedGov "
    "MedSubs MedLog MedOth HrMob Prot ProtCiv ProtGrp ProtOth RiOth HrNi HrNiMe HrNiNe HrNiOth HrIi HrIiMon HrIiBod "
    "HrIiOth JusCr JusCrSp JusCrSys JusCrPow JusEm JusJu JusPri JusTra Dev DevSoc DevHum DevInfra NEC NatRes IntFu "
    "Bus Tax TaxPo TaxRef TaxOth Ban CenBan BanPers BanInt BanXb LaRef LaRefMan LaRefRet LaRefOth LaNom LaCH LaCHTa "
    "LaCHIt LaCHPro LaCHOth LaEn Wat SsrGua Ce CeProv CeGen SsrPol SsrArm SsrDdr DdrDemil DdrProg SsrInt SsrPsf SsrFf "
    "Cor SsrCrOcr SsrDrugs Terr TjGen TjAm TjAmPro TjSan TjPower TjAmBan TjCou TjJaNc TjJaIc TjMech TjPrire TjVet "
    "TjVic TjMis TjRep TjRSym TjRMa TjNR ImUN ImOth ImRef ImPK ImE ImSrc"
)
VERSION_9 = [*ABOUT, *CODED]
#: In version 10 one of them is further to the left.
VERSION_10 = [*ABOUT, "ImSrc", *CODED[:-1]]
#: Version 10 without the coding, as it comes with a tool of its makers.
DESCRIBED = [
    *ABOUT,
    "description",
    "stage_label",
    "stage - sort",
    "stage_short",
    "agt_type",
    "agt_dat",
    "year",
    "PAX_Hyperlink",
    "PDF_Hyperlink",
    "stage_display",
    "substage_label",
]

#: PAA-X, version 0.2: its two tables.
ACTORS = _names(
    "actor_id id_paax actor_name actor_type actor_iso3c sub_type cs_type abbreviation actor_country actor_gwno actor_region"
    " un_type international regional domestic women ucdp_id ucdp_name acled_name acled_other"
)
SIGNATORIES = _names(
    "signatory_id AgtId agt_name signatory_type practical_third condition actor_id id_paax actor_name actor_type sub_type"
    " cs_type actor_iso3c actor_country actor_gwno actor_region abbreviation un_type international regional domestic women"
    " ucdp_id ucdp_name acled_name acled_other Con PPName Reg Dat year agt_type stage_process Part ThrdPart Loc1ISO Loc2ISO"
    " Loc1GWNO Loc2GWNO UcdpCon UcdpAgr PamAgr CowWar PAX_Hyperlink PDF_Hyperlink"
)

#: MEND: its three sizes.
MEND_32 = _names(
    "med_event_ID,conflict_country,conflict_counry_ID,conflict_id,med_location - MULTISELECT,med_loc_cty,med_loc_x,med_loc_y,"
    "Day,Month,Year,third_party,third_party_id_MEND,third_party_id_PAAX,third_party_id_GW,num_med,med_bias,med_scope,"
    "individual_med_named,groupings_mechanisms,local_parties,local_party_id,local_indiv_group,num_local,if_loc_belig,agmt,"
    "agmt_name,agmt_id_PAX,Summary,source_urls,shuttle,med_type",
    ",",
)
EARLIER = {
    "third_party_id_MEND": "third_party_id_GLOPAD",
    "third_party_id_PAAX": "third_party_id",
    "third_party_id_GW": "third_party_id_PAX",
}
MEND_31 = [EARLIER.get(header, header) for header in MEND_32 if header != "med_bias"]
MEND_30 = [header for header in MEND_31 if header != "med_scope"]
