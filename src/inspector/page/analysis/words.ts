import type { Language } from "./view.ts";

/** All that the page says of itself. What it shows is as the data have it. */
export interface Words {
  readonly title: string;
  readonly inspector: string;
  readonly run: (id: number, at: string, slices: string) => string;
  readonly exported: string;
  readonly colours: string;
  readonly themes: Readonly<Record<"auto" | "light" | "dark", string>>;
  readonly language: string;
  readonly loading: string;
  readonly failed: string;
  readonly nothing: string;
  readonly token: string;
  readonly refused: string;
  readonly show: string;
  readonly filters: string;
  readonly newsDays: string;
  readonly days: (count: number) => string;
  readonly until: string;
  readonly country: string;
  readonly allCountries: string;
  readonly theme: string;
  readonly allThemes: string;
  readonly clear: string;
  readonly shown: (from: string, to: string) => string;
  readonly quality: string;
  readonly qualityTiles: Readonly<
    Record<"fresh" | "events" | "located" | "complete" | "themed" | "joined", string>
  >;
  readonly ofEvents: (count: string) => string;
  readonly ofMentions: (count: string) => string;
  readonly world: string;
  readonly measures: Readonly<Record<"events" | "tone" | "goldstein", string>>;
  readonly mapOf: (measure: string, countries: number) => string;
  readonly few: string;
  readonly unknown: string;
  readonly dayByDay: string;
  readonly quadsTitle: string;
  readonly quads: readonly [string, string, string, string];
  readonly rising: string;
  readonly frequent: (country: string) => string;
  readonly expected: string;
  readonly rise: string;
  readonly isNew: string;
  readonly tones: string;
  readonly toneHint: string;
  readonly allThemesCounted: string;
  readonly stories: string;
  readonly mentions: (mentions: string, sources: string) => string;
  readonly network: string;
  readonly networkHint: string;
  readonly pairs: string;
  readonly sources: string;
  readonly sourcesHint: string;
  readonly source: string;
  readonly mentionCount: string;
  readonly more: (count: number) => string;
  readonly languageOf: string;
  readonly share: string;
  readonly biases: string;
  readonly biasList: readonly string[];
  readonly credits: string;
}

const ENGLISH: Words = {
  title: "Analysis",
  inspector: "How the program runs",
  run: (id, at, slices) => `run ${id} of Gold, ${at} UTC, ${slices} slices`,
  exported: "exported",
  colours: "Colours",
  themes: { auto: "auto", light: "light", dark: "dark" },
  language: "Language",
  loading: "Asking …",
  failed: "There is nothing to show",
  nothing: "Nothing of that in these days.",
  token: "Token of the inspector",
  refused: "That is not the token.",
  show: "Show",
  filters: "Filters",
  newsDays: "News days",
  days: (count) => (count === 1 ? "1 day" : `${count} days`),
  until: "until",
  country: "Country",
  allCountries: "all countries",
  theme: "Theme",
  allThemes: "all themes",
  clear: "Clear",
  shown: (from, to) => (from === to ? from : `${from} to ${to}`),
  quality: "How far it can be trusted",
  qualityTiles: {
    fresh: "Gold published",
    events: "Events",
    located: "In a known country",
    complete: "Complete, with GKG",
    themed: "With themes",
    joined: "Mentions with their event",
  },
  ofEvents: (count) => `of ${count} events`,
  ofMentions: (count) => `of ${count} mentions`,
  world: "Where",
  measures: { events: "Events", tone: "Tone", goldstein: "Goldstein" },
  mapOf: (measure, countries) => `Map of the world: ${measure} in ${countries} countries`,
  few: "none",
  unknown: "unknown",
  dayByDay: "Day by day",
  quadsTitle: "Cooperation and conflict",
  quads: ["verbal cooperation", "material cooperation", "verbal conflict", "material conflict"],
  rising: "Themes that rise",
  frequent: (country) => `Most frequent themes: ${country}`,
  expected: "Expected",
  rise: "Rise",
  isNew: "new",
  tones: "Tones",
  toneHint: "Events by the tone of their articles: below 0 is negative.",
  allThemesCounted: "Themes are not told apart here.",
  stories: "Most reported stories",
  mentions: (mentions, sources) => `${mentions} mentions, ${sources} sources`,
  network: "Who acts toward whom",
  networkHint:
    "Between countries, by the date of the event; thicker is more, dashed is a negative tone.",
  pairs: "Pairs of countries",
  sources: "Who reports",
  sourcesHint: "Of all mentions of these days, whatever country or theme is chosen.",
  source: "Source",
  mentionCount: "Mentions",
  more: (count) => `${count} more`,
  languageOf: "Language",
  share: "Share",
  biases: "What these numbers do not say",
  biasList: [
    "GDELT reads news. More events are more reports that were read, not more that happened: sources in English and from the United States weigh most. Compare a country with itself, not with another.",
    "A program codes the events. It takes metaphors for fights, and one event told differently for several.",
    "Goldstein's scale belongs to the kind of event, not to this event: every fight is −10, a brawl or a war. It is not sentiment.",
    "Tone is that of whole articles, in the words of their translation if they are translated.",
    "What is only known to be in a country lies in its middle. Borders are Natural Earth's, and no opinion.",
    "The news day is when it was reported; the date of an event is what articles say, and may be years off.",
  ],
  credits: "Data: the GDELT Project. Map: Natural Earth, Equal Earth projection.",
};

const KOREAN: Words = {
  title: "분석",
  inspector: "프로그램 상태 보기",
  run: (id, at, slices) => `골드 실행 ${id}, ${at} UTC, 슬라이스 ${slices}개`,
  exported: "내보낸 시점의 자료",
  colours: "색상",
  themes: { auto: "자동", light: "밝게", dark: "어둡게" },
  language: "언어",
  loading: "불러오는 중 …",
  failed: "표시할 내용이 없습니다",
  nothing: "이 기간에는 해당 내용이 없습니다.",
  token: "인스펙터 토큰",
  refused: "토큰이 맞지 않습니다.",
  show: "보기",
  filters: "필터",
  newsDays: "보도일",
  days: (count) => `${count}일`,
  until: "마지막 날",
  country: "국가",
  allCountries: "모든 국가",
  theme: "주제",
  allThemes: "모든 주제",
  clear: "초기화",
  shown: (from, to) => (from === to ? from : `${from} ~ ${to}`),
  quality: "자료의 신뢰도",
  qualityTiles: {
    fresh: "골드 게시",
    events: "사건",
    located: "국가가 확인됨",
    complete: "GKG까지 완성됨",
    themed: "주제가 있음",
    joined: "사건과 연결된 언급",
  },
  ofEvents: (count) => `사건 ${count}건 중`,
  ofMentions: (count) => `언급 ${count}건 중`,
  world: "지역",
  measures: { events: "사건 수", tone: "어조", goldstein: "골드스타인" },
  mapOf: (measure, countries) => `세계 지도: ${countries}개국의 ${measure}`,
  few: "없음",
  unknown: "알 수 없음",
  dayByDay: "일별 추이",
  quadsTitle: "협력과 갈등",
  quads: ["언어적 협력", "물적 협력", "언어적 갈등", "물적 갈등"],
  rising: "떠오르는 주제",
  frequent: (country) => `많이 다뤄진 주제: ${country}`,
  expected: "예상",
  rise: "상승",
  isNew: "신규",
  tones: "어조 분포",
  toneHint: "기사 어조별 사건 수: 0 미만은 부정적입니다.",
  allThemesCounted: "여기서는 주제를 구분하지 않습니다.",
  stories: "가장 많이 보도된 사건",
  mentions: (mentions, sources) => `언급 ${mentions}건, 출처 ${sources}곳`,
  network: "누가 누구에게",
  networkHint: "국가 사이의 행위, 사건 날짜 기준. 굵을수록 많고, 점선은 부정적 어조입니다.",
  pairs: "국가 쌍",
  sources: "보도 출처",
  sourcesHint: "선택한 국가나 주제와 관계없이 이 기간의 모든 언급 기준입니다.",
  source: "출처",
  mentionCount: "언급",
  more: (count) => `${count}건 더 보기`,
  languageOf: "언어",
  share: "비율",
  biases: "이 수치가 말하지 않는 것",
  biasList: [
    "GDELT는 뉴스를 읽습니다. 사건이 많다는 것은 읽힌 보도가 많다는 뜻이지 실제로 더 많이 일어났다는 뜻이 아닙니다. 영어와 미국 출처의 비중이 가장 큽니다. 다른 나라가 아니라 같은 나라의 과거와 비교하십시오.",
    "사건은 프로그램이 분류합니다. 비유를 싸움으로 오해하거나, 다르게 서술된 한 사건을 여럿으로 세기도 합니다.",
    "골드스타인 척도는 사건의 종류에 붙는 값입니다. 다툼이든 전쟁이든 ‘싸움’은 모두 −10이며, 감정을 나타내지 않습니다.",
    "어조는 기사 전체의 어조이며, 번역된 기사는 번역문의 어조입니다.",
    "국가만 알려진 사건은 그 나라의 중앙에 놓입니다. 국경은 Natural Earth의 것이며 어떤 입장도 뜻하지 않습니다.",
    "보도일은 보도된 날입니다. 사건 날짜는 기사가 말하는 날짜로, 몇 년씩 어긋날 수 있습니다.",
  ],
  credits: "자료: GDELT 프로젝트. 지도: Natural Earth, Equal Earth 도법.",
};

export const wordsOf = (language: Language): Words => (language === "ko" ? KOREAN : ENGLISH);
