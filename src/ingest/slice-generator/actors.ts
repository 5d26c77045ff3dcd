import type { Nation } from "./nations.ts";

/** Somebody in the news, as GDELT codes them and as a headline names them. */
export interface Actor {
  /** The actor's ten columns: code, name, country, group, ethnic, two religions, three types. */
  readonly cells: readonly string[];
  readonly headline: string;
  readonly nation: Nation | null;
}

interface Role {
  /** As GDELT names it. */
  readonly name: string;
  readonly types: readonly string[];
}

/** Who may act in a scene, by the word that stands there. */
const ROLES: ReadonlyMap<string, Role> = new Map(
  `
  president PRESIDENT GOV|minister MINISTER GOV|government GOVERNMENT GOV|city MAYOR GOV
  police POLICE COP|army ARMED_FORCE MIL|navy NAVY MIL|court COURT JUD|prosecutors PROSECUTOR JUD
  opposition OPPOSITION OPP|rebels REBEL_GROUP REB|hackers HACKER CRM|smugglers SMUGGLER CRM
  company COMPANY BUS|traders TRADER BUS|bank CENTRAL_BANK GOV BUS|bankers BANKER BUS
  press NEWSPAPER MED|workers WORKER LAB|dockers DOCKER LAB|unions LABOR_UNION LAB
  farmers FARMER AGR|fishermen FISHERMAN AGR|residents RESIDENTS CVL|supporters SUPPORTERS CVL
  firefighters FIREFIGHTER CVL|refugees REFUGEE REF|aid-workers AID_AGENCY NGO HLH
  observers OBSERVER IGO|teachers TEACHER EDU|students STUDENT EDU|universities UNIVERSITY EDU
  museum MUSEUM EDU|doctors DOCTOR HLH|hospitals HOSPITAL HLH
  `
    .trim()
    .split(/[|\n]/)
    .map((line) => {
      const [word = "", name = "", ...types] = line.trim().split(" ");
      return [word, { name: name.replaceAll("_", " "), types }];
    }),
);

export const NO_ACTOR_CELLS: readonly string[] = Array(10).fill("");

const UNITED_NATIONS: Actor = {
  cells: ["IGOUNO", "UNITED NATIONS", "", "UNO", "", "", "", "IGO", "", ""],
  headline: "United Nations",
  nation: null,
};

const BISHOP: Actor = {
  cells: ["CHRCTH", "ARCHBISHOP", "", "", "", "CHR", "CTH", "", "", ""],
  headline: "archbishop",
  nation: null,
};

/** The actor that a scene of `subjects.ts` names, in a story of two nations. */
export function actorNamed(word: string, [a, b]: readonly [Nation, Nation]): Actor {
  if (word === "UN") return UNITED_NATIONS;
  if (word === "bishop") return BISHOP;
  const [first = "", second] = word.split(".");
  const nation = first === "A" ? a : first === "B" ? b : null;
  if (nation === null) return roleOf(first, null);
  if (second !== undefined) return roleOf(second, nation);
  const { cameo, name } = nation;
  return {
    cells: [cameo, name.toUpperCase(), cameo, "", "", "", "", "", "", ""],
    headline: name,
    nation,
  };
}

function roleOf(word: string, nation: Nation | null): Actor {
  const role = ROLES.get(word);
  if (role === undefined) throw new Error(`no actor "${word}"`);
  const { name, types } = role;
  const [type1 = "", type2 = "", type3 = ""] = types;
  const country = nation?.cameo ?? "";
  return {
    cells: [`${country}${types.join("")}`, name, country, "", "", "", "", type1, type2, type3],
    headline: nation === null ? word.replace("-", " ") : `${nation.name}'s ${word}`,
    nation,
  };
}
