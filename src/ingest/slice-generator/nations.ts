/** Where the generated news happen. Codes are CAMEO's and FIPS's, places GDELT's. */

export interface Place {
  /** GDELT's geography type: 1 country, 2 US state, 3 US city, 4 world city, 5 world state. */
  readonly type: 1 | 2 | 3 | 4 | 5;
  /** From the small to the large, as GDELT spells it: "Lagos, Lagos, Nigeria". */
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

export interface Nation {
  readonly name: string;
  /** Three letters, as actors have it. */
  readonly cameo: string;
  /** The country as a whole. */
  readonly centre: Place;
  readonly cities: readonly Place[];
}

type City = readonly [name: string, adm1: string, adm2: string, lat: string, long: string];

function nation(
  name: string,
  codes: readonly [fips: string, cameo: string],
  centre: readonly [lat: string, long: string],
  ...cities: readonly City[]
): Nation {
  const [fips, cameo] = codes;
  return {
    name,
    cameo,
    centre: {
      type: 1,
      name,
      country: fips,
      adm1: fips,
      adm2: "",
      lat: centre[0],
      long: centre[1],
      featureId: fips,
    },
    cities: cities.map(([city, adm1, adm2, lat, long]): Place => {
      const where = { country: fips, adm1: `${fips}${adm1}`, lat, long };
      const featureId = `-${2_090_174 + 13 * Number(adm2)}`;
      return { type: 4, name: `${city}, ${name}`, ...where, adm2, featureId };
    }),
  };
}

const state = (name: string, code: string, lat: string, long: string): Place => ({
  type: 2,
  name: `${name}, United States`,
  country: "US",
  adm1: `US${code}`,
  adm2: "",
  lat,
  long,
  featureId: code,
});

const americanCity = (
  name: string,
  [code, county]: readonly [state: string, county: string],
  lat: string,
  long: string,
): Place => ({
  type: 3,
  name: `${name}, United States`,
  country: "US",
  adm1: `US${code}`,
  adm2: `${code}${county}`,
  lat,
  long,
  featureId: `${331_435 + Number(county) * 1709}`,
});

const unitedStates: Nation = {
  ...nation("United States", ["US", "USA"], ["39.828175", "-98.5795"]),
  cities: [
    americanCity("Baltimore, Maryland", ["MD", "510"], "39.2904", "-76.6122"),
    americanCity("College Park, Georgia", ["GA", "121"], "33.6534", "-84.4494"),
    americanCity("Brookside, Ohio", ["OH", "013"], "40.0706", "-80.7609"),
    state("Ohio", "OH", "40.3736", "-82.7755"),
  ],
};

const southAfrica = nation(
  "South Africa",
  ["SF", "ZAF"],
  ["-30", "26"],
  ["Pretoria, Gauteng", "06", "77359", "-25.7069", "28.2294"],
);

const westernCape: Place = {
  type: 5,
  name: "Western Cape, South Africa",
  country: "SF",
  adm1: "SF11",
  adm2: "77364",
  lat: "-33.5",
  long: "20.5",
  featureId: "SF11",
};

export const NATIONS: readonly Nation[] = [
  unitedStates,
  { ...southAfrica, cities: [...southAfrica.cities, westernCape] },
  nation(
    "France",
    ["FR", "FRA"],
    ["46", "2"],
    ["Paris, Île-De-France", "A8", "16282", "48.8667", "2.33333"],
    ["Marseille, Provence-Alpes-Côte D'Azur", "B8", "16357", "43.2967", "5.37639"],
  ),
  nation(
    "Germany",
    ["GM", "DEU"],
    ["51.5", "10.5"],
    ["München, Bayern", "02", "16347", "48.1374", "11.5755"],
    ["Hamburg, Hamburg", "04", "16534", "53.55", "10"],
  ),
  nation(
    "Russia",
    ["RS", "RUS"],
    ["60", "100"],
    ["Moscow, Moskva", "48", "25106", "55.7522", "37.6156"],
    ["Kazan, Tatarstan", "73", "25135", "55.7522", "49.1"],
  ),
  nation(
    "China",
    ["CH", "CHN"],
    ["35", "105"],
    ["Beijing, Beijing", "22", "13001", "39.9289", "116.388"],
    ["Shanghai, Shanghai", "23", "13074", "31.2222", "121.458"],
  ),
  nation(
    "India",
    ["IN", "IND"],
    ["20", "77"],
    ["Mumbai, Maharashtra", "16", "70184", "18.975", "72.8258"],
    ["Bengaluru, Karnataka", "19", "70159", "12.9833", "77.5833"],
  ),
  nation(
    "Brazil",
    ["BR", "BRA"],
    ["-10", "-55"],
    ["São Paulo, São Paulo", "27", "9926", "-23.4733", "-46.6658"],
    ["Belém, Pará", "16", "8821", "-1.45583", "-48.5044"],
  ),
  nation(
    "Poland",
    ["PL", "POL"],
    ["52", "20"],
    ["Kraków, Małopolskie", "77", "25524", "50.0833", "19.9167"],
    ["Gdańsk, Pomorskie", "82", "25573", "54.3608", "18.6583"],
  ),
  nation(
    "Sweden",
    ["SW", "SWE"],
    ["62", "15"],
    ["Malmö, Skåne Län", "27", "29312", "55.6", "13"],
    ["Göteborg, Västra Götaland", "28", "29370", "57.7167", "11.9667"],
  ),
  nation(
    "Switzerland",
    ["SZ", "CHE"],
    ["47", "8"],
    ["Zürich, Zürich", "25", "29395", "47.3667", "8.55"],
    ["Geneva, Genève", "07", "29330", "46.2", "6.16667"],
  ),
  nation(
    "Turkey",
    ["TU", "TUR"],
    ["39", "35"],
    ["Istanbul, İstanbul", "34", "31000", "41.0186", "28.9647"],
    ["Ankara, Ankara", "68", "31052", "39.9272", "32.8644"],
  ),
  nation(
    "Ukraine",
    ["UP", "UKR"],
    ["49", "32"],
    ["Kiev, Kyyiv, Misto", "12", "25132", "50.4333", "30.5167"],
    ["Odesa, Odes'ka Oblast'", "17", "25271", "46.4639", "30.7386"],
  ),
  nation(
    "Nigeria",
    ["NI", "NGA"],
    ["10", "8"],
    ["Lagos, Lagos", "05", "40561", "6.45306", "3.39583"],
    ["Abuja, Abuja Federal Capital Territory", "11", "40626", "9.17583", "7.18083"],
  ),
  nation(
    "Egypt",
    ["EG", "EGY"],
    ["27", "30"],
    ["Cairo, Al Qahirah", "11", "22353", "30.05", "31.25"],
    ["Alexandria, Al Iskandariyah", "06", "22338", "31.1981", "29.9192"],
  ),
  nation(
    "Kenya",
    ["KE", "KEN"],
    ["1", "38"],
    ["Nairobi, Nairobi Area", "05", "37971", "-1.28333", "36.8167"],
    ["Mombasa, Coast", "02", "37943", "-4.05466", "39.6636"],
  ),
  nation(
    "Japan",
    ["JA", "JPN"],
    ["36", "138"],
    ["Tokyo, Tokyo", "40", "36307", "35.685", "139.751"],
    ["Osaka, Osaka", "32", "36121", "34.6667", "135.5"],
  ),
  nation(
    "Australia",
    ["AS", "AUS"],
    ["-27", "133"],
    ["Perth, Western Australia", "08", "4940", "-31.9333", "115.833"],
    ["Brisbane, Queensland", "04", "4623", "-27.5", "153.017"],
  ),
  nation(
    "Mexico",
    ["MX", "MEX"],
    ["23", "-102"],
    ["Mérida, Yucatán", "31", "20500", "20.9667", "-89.6167"],
    ["Monterrey, Nuevo León", "19", "20338", "25.6667", "-100.317"],
  ),
  nation(
    "Chile",
    ["CI", "CHL"],
    ["-30", "-71"],
    ["Valparaíso, Valparaíso", "01", "11402", "-33.0478", "-71.6011"],
    ["Concepción, Bío-Bío", "06", "11455", "-36.8282", "-73.0514"],
  ),
  nation(
    "Vietnam",
    ["VM", "VNM"],
    ["16.1667", "107.833"],
    ["Hà Nội, Hà Nội", "44", "31501", "21.0333", "105.85"],
    ["Đà Nẵng, Đà Nẵng", "78", "31566", "16.0678", "108.221"],
  ),
];
