/** What the generated news are about. Codes are CAMEO's, FIPS's and GDELT's; names are invented. */

export interface Place {
  /** GDELT's geography type: 1 country, 2 US state, 3 US city, 4 world city, 5 world state. */
  readonly type: 1 | 2 | 3 | 4 | 5;
  readonly name: string;
  /** FIPS 10-4. */
  readonly country: string;
  readonly adm1: string;
  readonly adm2: string;
  readonly lat: string;
  readonly long: string;
  /** A signed number for cities, else a code. */
  readonly featureId: string;
}

type City = readonly [name: string, adm1: string, adm2: string, lat: string, long: string];

const country = (
  name: string,
  fips: string,
  cameo: string,
  centre: readonly [lat: string, long: string],
  ...cities: readonly City[]
) => ({ name, fips, cameo, centre, cities });

export const COUNTRIES = [
  country("France", "FR", "FRA", ["46", "2"], ["Paris", "FRA8", "16282", "48.8667", "2.33333"]),
  country("Germany", "GM", "DEU", ["51", "9"], ["München", "GM02", "16347", "48.15", "11.5833"]),
  country("Russia", "RS", "RUS", ["60", "100"], ["Moscow", "RS48", "25106", "55.7522", "37.6156"]),
  country("China", "CH", "CHN", ["35", "105"], ["Beijing", "CH22", "13001", "39.9289", "116.388"]),
  country("India", "IN", "IND", ["20", "77"], ["Mumbai", "IN16", "70184", "18.975", "72.8258"]),
  country("Brazil", "BR", "BRA", ["-10", "-55"], ["São Paulo", "BR27", "9926", "-23.5", "-46.6"]),
  country("Poland", "PL", "POL", ["52", "20"], ["Kraków", "PL77", "25524", "50.0833", "19.9167"]),
  country("Sweden", "SW", "SWE", ["62", "15"], ["Malmö", "SW27", "29312", "55.6", "13"]),
  country("Switzerland", "SZ", "CHE", ["47", "8"], ["Zürich", "SZ25", "29395", "47.3667", "8.55"]),
  country("Turkey", "TU", "TUR", ["39", "35"], ["Istanbul", "TU34", "31000", "41.0186", "28.9647"]),
  country("Ukraine", "UP", "UKR", ["49", "32"], ["Kiev", "UP12", "25132", "50.4333", "30.5167"]),
  country("Nigeria", "NI", "NGA", ["10", "8"], ["Lagos", "NI05", "40561", "6.45306", "3.39583"]),
  country(
    "South Africa",
    "SF",
    "ZAF",
    ["-30", "26"],
    ["Pretoria", "SF06", "77359", "-25.7", "28.2"],
  ),
  country("Egypt", "EG", "EGY", ["27", "30"], ["Cairo", "EG11", "22353", "30.05", "31.25"]),
  country("Japan", "JA", "JPN", ["36", "138"], ["Tokyo", "JA40", "36307", "35.685", "139.751"]),
  country(
    "Australia",
    "AS",
    "AUS",
    ["-27", "133"],
    ["Perth", "AS08", "4940", "-31.9333", "115.833"],
  ),
  country(
    "Mexico",
    "MX",
    "MEX",
    ["23", "-102"],
    ["Mérida", "MX31", "20500", "20.9667", "-89.6167"],
  ),
  country("Vietnam", "VM", "VNM", ["16", "106"], ["Hà Nội", "VM44", "31501", "21.0333", "105.85"]),
] as const;

const worldCities = COUNTRIES.flatMap(({ name, fips, cities }) =>
  cities.map(([city, adm1, adm2, lat, long], i): Place => {
    const featureId = `-${2_090_174 + 977 * i + Number(adm2)}`;
    return { type: 4, name: `${city}, ${name}`, country: fips, adm1, adm2, lat, long, featureId };
  }),
);

const centres = COUNTRIES.map(({ name, fips, centre }): Place => {
  const [lat, long] = centre;
  return { type: 1, name, country: fips, adm1: fips, adm2: "", lat, long, featureId: fips };
});

const us = (
  type: 2 | 3,
  name: string,
  state: string,
  county: string,
  lat: string,
  long: string,
) => ({
  type,
  name: `${name}, United States`,
  country: "US",
  adm1: `US${state}`,
  adm2: county && `${state}${county}`,
  lat,
  long,
  featureId: type === 2 ? state : `${331_435 + Number(county) * 1709}`,
});

export const PLACES: readonly Place[] = [
  ...worldCities,
  ...centres,
  us(2, "Ohio", "OH", "", "40.3736", "-82.7755"),
  us(2, "Georgia", "GA", "", "32.9866", "-83.6487"),
  us(3, "College Park, Georgia", "GA", "121", "33.6534", "-84.4494"),
  us(3, "Brookside, Ohio", "OH", "013", "40.0706", "-80.7609"),
  us(3, "Baltimore, Maryland", "MD", "510", "39.2904", "-76.6122"),
  {
    type: 5,
    name: "Western Cape, South Africa",
    country: "SF",
    adm1: "SF11",
    adm2: "77364",
    lat: "-33.5",
    long: "20.5",
    featureId: "SF11",
  },
];

/** Actors that are no country: code, name, and up to three type codes. */
export const ROLES = [
  ["GOV", "PRESIDENT", "GOV"],
  ["GOV", "FOREIGN MINISTRY", "GOV"],
  ["GOVAGR", "DEPARTMENT OF AGRICULTURE", "GOV", "AGR"],
  ["COP", "POLICE", "COP"],
  ["MIL", "ARMED FORCE", "MIL"],
  ["JUD", "COURT", "JUD"],
  ["BUS", "COMPANY", "BUS"],
  ["BUSMED", "BROADCASTER", "BUS", "MED"],
  ["EDU", "UNIVERSITY", "EDU"],
  ["LAB", "WORKER", "LAB"],
  ["REB", "REBEL GROUP", "REB"],
  ["HLH", "HOSPITAL", "HLH"],
  ["OPP", "OPPOSITION", "OPP"],
  ["CVL", "RESIDENTS", "CVL"],
] as const;

/** CAMEO code, QuadClass, Goldstein scale, and what a headline calls it; frequent ones first. */
export const DEEDS = [
  ["042", 1, "1.9", "visits"],
  ["043", 1, "2.8", "hosts a visit of"],
  ["030", 1, "4.0", "intends to cooperate with"],
  ["190", 4, "-10.0", "clashes with"],
  ["010", 1, "0.0", "makes a statement about"],
  ["036", 1, "4.0", "intends to meet"],
  ["020", 1, "3.0", "appeals to"],
  ["040", 1, "1.0", "consults"],
  ["051", 1, "3.4", "praises"],
  ["173", 4, "-5.0", "arrests members of"],
  ["046", 1, "7.0", "negotiates with"],
  ["071", 2, "7.4", "sends economic aid to"],
  ["120", 3, "-4.0", "rejects a proposal of"],
  ["060", 2, "6.0", "cooperates with"],
  ["112", 3, "-2.0", "accuses"],
  ["111", 3, "-2.0", "criticises"],
  ["0341", 1, "7.0", "promises reforms to"],
  ["084", 2, "7.0", "returns prisoners to"],
  ["1411", 3, "-6.5", "demonstrates against"],
  ["1823", 4, "-10.0", "is blamed for deaths among"],
  ["0874", 2, "10.0", "retreats before"],
] as const;

export const SUBJECTS = [
  ["grain prices", "AGRICULTURE", "ECON_INFLATION", "WB_435_AGRICULTURE_AND_FOOD_SECURITY"],
  ["peace talks", "PEACE_TALKS", "NEGOTIATIONS", "WB_2432_FRAGILITY_CONFLICT_AND_VIOLENCE"],
  ["the new port", "MARITIME_INCIDENT", "WB_135_TRANSPORT", "ECON_TRADE_DISPUTE"],
  ["vaccines", "GENERAL_HEALTH", "MEDICAL", "WB_621_HEALTH_NUTRITION_AND_POPULATION"],
  ["the election", "ELECTION", "DEMOCRACY", "USPEC_POLITICS_GENERAL1", "EPU_POLICY"],
  ["a border crossing", "IMMIGRATION", "REFUGEES", "EPU_CATS_MIGRATION_FEAR_MIGRATION"],
  ["floods", "NATURAL_DISASTER_FLOOD", "CRISISLEX_CRISISLEXREC", "UNGP_FORESTS_RIVERS_OCEANS"],
  ["a strike", "STRIKE", "PROTEST", "UNGP_JOB_OPPORTUNITIES_FULL_EMPLOYMENT"],
  ["the trial", "TRIAL", "LEGISLATION", "SOC_GENERALCRIME", "UNGP_CRIME_VIOLENCE"],
  ["schools", "EDUCATION", "WB_470_EDUCATION", "SOC_POINTSOFINTEREST_SCHOOL"],
  ["a cyber attack", "CYBER_ATTACK", "WB_678_DIGITAL_GOVERNMENT", "SECURITY_SERVICES"],
  ["energy", "ENV_OIL", "FUELPRICES", "WB_507_ENERGY_AND_EXTRACTIVES"],
] as const;

export const COMMON_THEMES = [
  "LEADER",
  "TAX_FNCACT",
  "TAX_FNCACT_PRESIDENT",
  "TAX_FNCACT_MINISTER",
  "TAX_FNCACT_POLICE",
  "TAX_FNCACT_WOMEN",
  "TAX_FNCACT_OFFICIALS",
  "TAX_ETHNICITY",
  "TAX_ETHNICITY_AMERICAN",
  "TAX_WORLDLANGUAGES",
  "CRISISLEX_C03_WELLBEING_HEALTH",
  "CRISISLEX_C07_SAFETY",
  "CRISISLEX_T03_DEAD",
  "EPU_ECONOMY_HISTORIC",
  "GEN_HOLIDAY",
  "KILL",
  "ARREST",
  "MANMADE_DISASTER_IMPLIED",
  "MEDIA_MSM",
  "WB_2433_CONFLICT_AND_VIOLENCE",
] as const;

export const PERSONS = [
  "Anna Lindqvist",
  "José Álvarez",
  "Zoë Müller",
  "Łukasz Wójcik",
  "Nguyễn Thị Hà",
  "Владимир Орлов",
  "Amina Okafor",
  "Tom O'Brien",
  "Mehmet Yıldız",
  "Chidi Eze",
  "Mary-Jane Watkins",
  "Pierre Lefèvre",
  "Rajesh Iyer",
  "Yuki Tanaka",
  "Omar Haddad",
  "Sofia Rossi",
] as const;

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
] as const;

/** Below a domain that is reserved for examples. */
export const SOURCES = [
  "harbourtimes",
  "dailyledger",
  "nordkurier",
  "eveningpost",
  "lacronica",
  "valleyherald",
  "morningstarnews",
  "citydispatch",
  "thegazette",
  "worldmonitor",
  "radio7",
  "buzzwire",
].map((name, i) => `${name}.${["com", "co.uk", "net", "de"][i % 4]}.example`);

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
] as const;
