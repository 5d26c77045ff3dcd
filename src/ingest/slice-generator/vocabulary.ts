/** Words of the generated news. Codes are GDELT's; people, bodies and papers are invented. */

/** As often as not they have nothing to do with an article's subject. */
export const COMMON_THEMES = (
  "LEADER TAX_FNCACT TAX_FNCACT_PRESIDENT TAX_FNCACT_MINISTER TAX_FNCACT_POLICE " +
  "TAX_FNCACT_OFFICIALS TAX_FNCACT_CHIEF TAX_FNCACT_WOMEN TAX_FNCACT_CHILDREN " +
  "TAX_FNCACT_VICTIMS TAX_FNCACT_MEMBERS TAX_FNCACT_SPOKESMAN TAX_FNCACT_CANDIDATES " +
  "TAX_ETHNICITY TAX_ETHNICITY_AMERICAN TAX_ETHNICITY_INDIGENOUS TAX_WORLDLANGUAGES " +
  "TAX_WORLDLANGUAGES_FRENCH TAX_ECON_PRICE TAX_DISEASE TAX_RELIGION CRISISLEX_CRISISLEXREC " +
  "CRISISLEX_C03_WELLBEING_HEALTH CRISISLEX_C07_SAFETY CRISISLEX_T02_INJURED " +
  "CRISISLEX_T03_DEAD CRISISLEX_T08_MISSINGFOUNDTRAPPEDPEOPLE CRISISLEX_T11_UPDATESSYMPATHY " +
  "EPU_ECONOMY_HISTORIC EPU_POLICY_GOVERNMENT EPU_POLICY_LAW EPU_CATS_REGULATION " +
  "EPU_CATS_NATIONAL_SECURITY GEN_HOLIDAY GENERAL_GOVERNMENT KILL WOUND ARREST AFFECT " +
  "ARMEDCONFLICT MANMADE_DISASTER_IMPLIED MEDIA_MSM MEDIA_SOCIAL LEGISLATION SECURITY_SERVICES " +
  "USPEC_POLITICS_GENERAL1 SOC_POINTSOFINTEREST_HOSPITAL SOC_POINTSOFINTEREST_UNIVERSITY " +
  "UNGP_CRIME_VIOLENCE ETH_INDIGINOUS SCIENCE WB_696_PUBLIC_SECTOR_MANAGEMENT WB_698_TRADE " +
  "WB_2433_CONFLICT_AND_VIOLENCE WB_2670_JOBS WB_840_JUSTICE WB_694_BROADCAST_AND_MEDIA " +
  "WB_133_INFORMATION_AND_COMMUNICATION_TECHNOLOGIES WB_1406_DISEASES"
).split(" ");

export const PERSONS = [
  ..."Anna Lindqvist,José Álvarez,Zoë Müller,Łukasz Wójcik,Nguyễn Thị Hà,Владимир Орлов".split(","),
  ..."Amina Okafor,Tom O'Brien,Mehmet Yıldız,Chidi Eze,Mary-Jane Watkins,Pierre Lefèvre".split(","),
  ..."Rajesh Iyer,Yuki Tanaka,Omar Haddad,Sofia Rossi,Grace Wanjiru,Bjørn Åkesson".split(","),
  ..."Ольга Мельник,Renée Dubois,Carlos Peña,Li Xiaoming,Katarzyna Żak,Farida Mansour".split(","),
  ..."Daniel Schäfer,Ifeoma Nwosu,Hiroshi Mori,Elif Şahin,João Conceição,Ruth Abernathy".split(","),
  ..."Andriy Kovalenko,Priya Raman,Samuel Kiptoo,Inés Fuentes,Trần Văn Long,Maja Öberg".split(","),
];

/** Some with a comma: a reader has to split name and offset at the last one. */
export const ORGANIZATIONS = [
  "United Harbours Union",
  "Institute Of Economic Studies",
  "Ministry Of Fisheries, Food And Rivers",
  "Northern Rail Company",
  "Médecins Du Fleuve",
  "State University Of Technology",
  "Green Valley Party",
  "Central Bank",
  "Committee For Peace, Justice And Reform",
  "Übersee Handels Gesellschaft",
  "National Weather Service",
  "Court Of Appeal",
  "Teachers Federation",
  "Delta Gas Company",
  "Museum Of The Two Rivers",
  "Coast Guard",
  "Free Press Foundation",
  "Assembly Of Mayors",
];

const PLACES_OF_PAPERS = [
  ..."harbour valley delta northern lakeside capital coast uplands island bridge".split(" "),
  ..."kraków malmö lagos nairobi osaka belém mérida perth".split(" ").map(plain),
];

const KINDS_OF_PAPERS = ["times", "post", "herald", "radio", "daily", "wire"];

/** Without accents, as in a domain's name. */
function plain(word: string): string {
  return word.normalize("NFD").replaceAll(/\p{M}/gu, "");
}

/** Below a domain that is reserved for examples. */
export const SOURCES = KINDS_OF_PAPERS.flatMap((kind) =>
  PLACES_OF_PAPERS.map((place) => `${place}${kind}.example`),
);

/** What stands instead of an address where a text was only cited; different texts share one. */
export const CITATIONS = [
  "as listed in Russian /BBC Monitoring/(c) BBC",
  "Al-Sharq al-Awsat website, London/BBC Monitoring/(c) BBC",
  "Radio Sofala, Beira, in Portuguese 1700 gmt/BBC Monitoring/(c) BBC",
] as const;

export const COUNT_TYPES = ["KILL", "WOUND", "ARREST", "PROTEST", "AFFECT", "REFUGEES"] as const;
export const COUNTED = ["", "people", "workers", "women", "soldiers, police officers"] as const;
export const AMOUNTS = ["of the ships", "homes", "percent of voters", "villages, towns and farms"];
export const QUOTES = [
  "We will not wait any longer",
  'They call it a "pause", we call it the end',
  "There's nothing to add",
  "Nobody asked those who live here, and nobody will be surprised by the answer",
  "If the figures are right, we have until spring",
] as const;
