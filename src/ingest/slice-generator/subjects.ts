/**
 * What the generated news are about: GDELT's themes, and who does what to whom, as CAMEO codes
 * between two actors. `A` and `B` are the nations of a story, `A.police` somebody of one of them;
 * `police` alone is told without its nation. Frequent scenes come first.
 */
export interface Subject {
  /** As it follows "over" in a headline. */
  readonly phrase: string;
  /** What the words of such an article add to its tone, in percent. */
  readonly mood: number;
  readonly themes: readonly string[];
  readonly scenes: readonly Scene[];
}

export interface Scene {
  readonly actor1: string;
  /** CAMEO event code, with its leading zeros. */
  readonly code: string;
  readonly actor2: string;
}

function parseScenes(text: string): Scene[] {
  return text.split(",").map((scene) => {
    const [actor1 = "", code = "", actor2 = ""] = scene.trim().split(" ");
    return { actor1, code, actor2 };
  });
}

const subject = (phrase: string, mood: number, themes: string, scenes: string): Subject => ({
  phrase,
  mood,
  themes: themes.split(" "),
  scenes: parseScenes(scenes),
});

/** Of any subject. */
export const COMMON_SCENES: readonly Scene[] = parseScenes(
  "A.president 010 B, A.president 042 B, B 043 A.president, A 040 B, B 040 A, A.minister 020 B, " +
    "A 051 B, A 036 B, B.minister 010 A, A.press 110 B, A.press 012 A.government, B 013 A, " +
    "UN 010 A, A.opposition 111 A.government, A.residents 010 A.press, bishop 0252 A",
);

export const SUBJECTS: readonly Subject[] = [
  subject(
    "grain prices",
    -1,
    "FOOD_SECURITY AGRICULTURE ECON_INFLATION WB_435_AGRICULTURE_AND_FOOD_SECURITY",
    "A.minister 046 B, A 1011 B, B 121 A, farmers 141 A.government, A 061 B, " +
      "A.government 071 farmers, A.traders 111 B.government, B 0311 A, UN 023 A",
  ),
  subject(
    "the peace talks",
    -2,
    "PEACE_TALKS NEGOTIATIONS CEASEFIRE WB_2432_FRAGILITY_CONFLICT_AND_VIOLENCE",
    "A 046 B, UN 045 A, A 036 B, B 112 A, A.army 0871 rebels, rebels 127 A.government, " +
      "A 026 B, A.army 190 rebels, UN 074 A, rebels 134 A, B 039 A",
  ),
  subject(
    "the new port",
    1,
    "MARITIME PUBLIC_TRANSPORT WB_135_TRANSPORT ECON_TRADE_DISPUTE",
    "A 057 B, A.company 061 B, dockers 143 A.company, A 081 B.company, B 0311 A, " +
      "A.court 115 B.company, A.residents 141 A.company, A.company 046 dockers",
  ),
  subject(
    "the vaccines",
    1,
    "GENERAL_HEALTH MEDICAL VACCINATION WB_621_HEALTH_NUTRITION_AND_POPULATION",
    "A 073 B, hospitals 0233 A.government, A.company 060 B.hospitals, B 023 A, " +
      "A.government 033 hospitals, B.opposition 112 B.government, UN 051 A, doctors 143 A",
  ),
  subject(
    "the election",
    -1,
    "ELECTION DEMOCRACY USPEC_POLITICS_GENERAL1 EPU_POLICY",
    "A.opposition 112 A.government, A.opposition 141 A.government, A.court 116 A.opposition, " +
      "observers 090 A.government, B 013 A, A.president 0831 A.opposition, B 016 A, " +
      "A.police 153 A.opposition, A.opposition 125 A.president",
  ),
  subject(
    "the border crossing",
    -2,
    "IMMIGRATION REFUGEES BORDER EPU_CATS_MIGRATION_FEAR_MIGRATION",
    "A.police 174 refugees, A 130 B, A 081 B, UN 0234 refugees, B 112 A, A 075 refugees, " +
      "aid-workers 073 refugees, A 1011 B, B.police 173 smugglers, A 160 B",
  ),
  subject(
    "the floods",
    -3,
    "NATURAL_DISASTER_FLOOD CRISISLEX_CRISISLEXREC WATER_SECURITY UNGP_FORESTS_RIVERS_OCEANS",
    "A 073 B, B 0233 A, A.army 070 B.residents, aid-workers 073 residents, A 018 B, " +
      "residents 1033 B.government, B.opposition 111 B.government, UN 033 B, A.company 070 B",
  ),
  subject(
    "the strike",
    -2,
    "STRIKE LABOR PROTEST UNGP_JOB_OPPORTUNITIES_FULL_EMPLOYMENT",
    "workers 143 A.company, unions 046 A.company, A.company 124 unions, A.police 173 workers, " +
      "A.government 020 unions, unions 133 A.government, A.company 080 workers, workers 141 A",
  ),
  subject(
    "the fraud trial",
    -3,
    "TRIAL CORRUPTION LEGISLATION SOC_GENERALCRIME",
    "A.court 116 A.company, prosecutors 091 A.company, A.police 173 bankers, bankers 016 A.press, " +
      "A 1013 B, B 063 A, A.court 1711 A.company, A.company 115 A.press, B.bank 172 A.company",
  ),
  subject(
    "the school reform",
    0,
    "EDUCATION WB_470_EDUCATION SOC_POINTSOFINTEREST_SCHOOL USPEC_POLICY1",
    "teachers 143 A.government, students 1412 A.minister, A.minister 040 teachers, " +
      "A.government 034 students, A.minister 0832 teachers, B.universities 060 A.universities, " +
      "A.opposition 051 teachers, B 051 A",
  ),
  subject(
    "the cyber attack",
    -3,
    "CYBER_ATTACK SECURITY_SERVICES WB_678_DIGITAL_GOVERNMENT MEDIA_INTERNET",
    "A 112 B, B 016 A, hackers 176 A.bank, A.police 090 hackers, A 064 B, A 172 B.company, " +
      "A.police 173 hackers, B 0214 A, A.company 115 B.company, A 130 B",
  ),
  subject(
    "the gas pipeline",
    -1,
    "ENV_NATURALGAS FUELPRICES ENERGY WB_507_ENERGY_AND_EXTRACTIVES",
    "A 057 B, B.company 061 A.company, A 163 B, A 101 B, B 1211 A, residents 144 B.company, " +
      "A.court 172 B.company, B 0354 A, A 046 B, A.minister 042 B",
  ),
  subject(
    "the fishing quota",
    -1,
    "MARITIME_INCIDENT FISHERY ENV_OVERFISH WB_590_ECOSYSTEM_MANAGEMENT",
    "A 191 B.fishermen, fishermen 144 A, A 112 B, B 107 A, A 037 B, B.fishermen 141 A.government, " +
      "A.navy 150 B, A 057 B, B 114 A",
  ),
  subject(
    "the women's final",
    3,
    "SPORTS TOURISM SOC_POINTSOFINTEREST_STADIUM TAX_FNCACT_PLAYERS",
    "A 190 B, B 051 A, A 043 B, A.police 151 supporters, A.president 051 B, supporters 141 A, " +
      "A.city 060 B, B.press 051 A",
  ),
  subject(
    "the museum's bronzes",
    2,
    "ARTS CULTURE HISTORIC TAX_FNCACT_CURATOR",
    "A 0842 B, B 055 A, A.museum 057 B.museum, B 105 A, A.museum 120 B, B 051 A.museum, " +
      "A.court 115 A.museum, A.universities 060 B.museum",
  ),
  subject(
    "the forest fires",
    -3,
    "NATURAL_DISASTER_WILDFIRE ENV_DEFORESTATION EVACUATION CRISISLEX_C07_SAFETY",
    "A 070 B, firefighters 074 residents, B 0233 A, A.army 070 firefighters, B 018 A, " +
      "A.police 173 farmers, residents 112 A.government, A 072 B, B.residents 111 A.company",
  ),
];
