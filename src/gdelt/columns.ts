/**
 * The columns of the three feeds as GDELT publishes them: order, name, meaning, once and for all.
 * Parsers, row objects, tests and documents take them from here, never from a literal number.
 *
 * `name` is GDELT's own (its BigQuery name for GKG, whose codebook puts dots in); `snakeName` is
 * what lake and mart call the column. An empty field is null, unless `required` forbids it.
 */

/**
 * How the text of a field is to be read. `date` is YYYYMMDD, `stamp` YYYYMMDDHHMMSS in UTC; the
 * types after those are the sub-formats of GKG (`gkg-fields.ts`), whose grammar is given there.
 */
export type ColumnType =
  | "text"
  | "int32"
  | "int64"
  | "float64"
  | "date"
  | "stamp"
  | "counts"
  | "offsetCounts"
  | "names"
  | "offsetNames"
  | "locations"
  | "offsetLocations"
  | "tone"
  | "dates"
  | "gcam"
  | "urls"
  | "quotations"
  | "amounts"
  | "translation"
  | "extras";

export interface Column {
  /** 0-based position in the row. */
  readonly index: number;
  readonly name: string;
  readonly snakeName: string;
  readonly type: ColumnType;
  /** A row without it cannot be used. */
  readonly required: boolean;
}

type Spec = readonly [name: string, snakeName: string, type: ColumnType, required?: "required"];

type ColumnsOf<T extends readonly Spec[]> = {
  readonly [I in keyof T]: Column & {
    readonly name: T[I][0];
    readonly snakeName: T[I][1];
    readonly type: T[I][2];
    readonly required: T[I] extends readonly [string, string, string, "required"] ? true : false;
  };
};

function inOrder<const T extends readonly Spec[]>(...specs: T): ColumnsOf<T> {
  const columns: readonly Column[] = specs.map(([name, snakeName, type, required], index) => ({
    index,
    name,
    snakeName,
    type,
    required: required === "required",
  }));
  return columns as ColumnsOf<T>;
}

/** Position of each column by its GDELT name: `EVENT.SOURCEURL` is 60. */
type Positions<T extends readonly Column[]> = { readonly [C in T[number] as C["name"]]: number };

const positions = <T extends readonly Column[]>(columns: T): Positions<T> =>
  Object.freeze(
    Object.fromEntries(columns.map((column) => [column.name, column.index])),
  ) as Positions<T>;

/** Events (`export.CSV`): what happened. */
export const eventColumns = inOrder(
  ["GlobalEventID", "global_event_id", "int64", "required"],
  ["SQLDATE", "event_date", "date"],
  ["MonthYear", "month_year", "int32"],
  ["Year", "year", "int32"],
  ["FractionDate", "fraction_date", "float64"],
  ["Actor1Code", "actor1_code", "text"],
  ["Actor1Name", "actor1_name", "text"],
  ["Actor1CountryCode", "actor1_country_code", "text"],
  ["Actor1KnownGroupCode", "actor1_known_group_code", "text"],
  ["Actor1EthnicCode", "actor1_ethnic_code", "text"],
  ["Actor1Religion1Code", "actor1_religion1_code", "text"],
  ["Actor1Religion2Code", "actor1_religion2_code", "text"],
  ["Actor1Type1Code", "actor1_type1_code", "text"],
  ["Actor1Type2Code", "actor1_type2_code", "text"],
  ["Actor1Type3Code", "actor1_type3_code", "text"],
  ["Actor2Code", "actor2_code", "text"],
  ["Actor2Name", "actor2_name", "text"],
  ["Actor2CountryCode", "actor2_country_code", "text"],
  ["Actor2KnownGroupCode", "actor2_known_group_code", "text"],
  ["Actor2EthnicCode", "actor2_ethnic_code", "text"],
  ["Actor2Religion1Code", "actor2_religion1_code", "text"],
  ["Actor2Religion2Code", "actor2_religion2_code", "text"],
  ["Actor2Type1Code", "actor2_type1_code", "text"],
  ["Actor2Type2Code", "actor2_type2_code", "text"],
  ["Actor2Type3Code", "actor2_type3_code", "text"],
  ["IsRootEvent", "is_root_event", "int32"],
  ["EventCode", "event_code", "text"],
  ["EventBaseCode", "event_base_code", "text"],
  ["EventRootCode", "event_root_code", "text"],
  ["QuadClass", "quad_class", "int32"],
  ["GoldsteinScale", "goldstein_scale", "float64"],
  ["NumMentions", "num_mentions", "int32"],
  ["NumSources", "num_sources", "int32"],
  ["NumArticles", "num_articles", "int32"],
  ["AvgTone", "avg_tone", "float64"],
  ["Actor1Geo_Type", "actor1_geo_type", "int32"],
  ["Actor1Geo_Fullname", "actor1_geo_fullname", "text"],
  ["Actor1Geo_CountryCode", "actor1_geo_country_code", "text"],
  ["Actor1Geo_ADM1Code", "actor1_geo_adm1_code", "text"],
  ["Actor1Geo_ADM2Code", "actor1_geo_adm2_code", "text"],
  ["Actor1Geo_Lat", "actor1_geo_lat", "float64"],
  ["Actor1Geo_Long", "actor1_geo_long", "float64"],
  ["Actor1Geo_FeatureID", "actor1_geo_feature_id", "text"],
  ["Actor2Geo_Type", "actor2_geo_type", "int32"],
  ["Actor2Geo_Fullname", "actor2_geo_fullname", "text"],
  ["Actor2Geo_CountryCode", "actor2_geo_country_code", "text"],
  ["Actor2Geo_ADM1Code", "actor2_geo_adm1_code", "text"],
  ["Actor2Geo_ADM2Code", "actor2_geo_adm2_code", "text"],
  ["Actor2Geo_Lat", "actor2_geo_lat", "float64"],
  ["Actor2Geo_Long", "actor2_geo_long", "float64"],
  ["Actor2Geo_FeatureID", "actor2_geo_feature_id", "text"],
  ["ActionGeo_Type", "action_geo_type", "int32"],
  ["ActionGeo_Fullname", "action_geo_fullname", "text"],
  ["ActionGeo_CountryCode", "action_geo_country_code", "text"],
  ["ActionGeo_ADM1Code", "action_geo_adm1_code", "text"],
  ["ActionGeo_ADM2Code", "action_geo_adm2_code", "text"],
  ["ActionGeo_Lat", "action_geo_lat", "float64"],
  ["ActionGeo_Long", "action_geo_long", "float64"],
  ["ActionGeo_FeatureID", "action_geo_feature_id", "text"],
  ["DATEADDED", "date_added", "stamp", "required"],
  ["SOURCEURL", "source_url", "text"],
);

/** Mentions: who reported an event, where and in what tone. */
export const mentionColumns = inOrder(
  ["GlobalEventID", "global_event_id", "int64", "required"],
  ["EventTimeDate", "event_time", "stamp", "required"],
  ["MentionTimeDate", "mention_time", "stamp", "required"],
  ["MentionType", "mention_type", "int32", "required"],
  ["MentionSourceName", "mention_source_name", "text"],
  ["MentionIdentifier", "mention_identifier", "text", "required"],
  ["SentenceID", "sentence_id", "int32"],
  ["Actor1CharOffset", "actor1_char_offset", "int32"],
  ["Actor2CharOffset", "actor2_char_offset", "int32"],
  ["ActionCharOffset", "action_char_offset", "int32"],
  ["InRawText", "in_raw_text", "int32"],
  ["Confidence", "confidence", "int32"],
  ["MentionDocLen", "mention_doc_len", "int32"],
  ["MentionDocTone", "mention_doc_tone", "float64"],
  ["MentionDocTranslationInfo", "translation_info", "text"],
  ["Extras", "extras", "text"],
);

/** GKG 2.1: what an article is about. One row per document. */
export const gkgColumns = inOrder(
  ["GKGRECORDID", "gkg_record_id", "text", "required"],
  ["DATE", "date", "stamp", "required"],
  ["SourceCollectionIdentifier", "source_collection_identifier", "int32"],
  ["SourceCommonName", "source_common_name", "text"],
  ["DocumentIdentifier", "document_identifier", "text", "required"],
  ["Counts", "counts", "counts"],
  ["V2Counts", "v2_counts", "offsetCounts"],
  ["Themes", "themes", "names"],
  ["V2Themes", "v2_themes", "offsetNames"],
  ["Locations", "locations", "locations"],
  ["V2Locations", "v2_locations", "offsetLocations"],
  ["Persons", "persons", "names"],
  ["V2Persons", "v2_persons", "offsetNames"],
  ["Organizations", "organizations", "names"],
  ["V2Organizations", "v2_organizations", "offsetNames"],
  ["V2Tone", "v2_tone", "tone"],
  ["Dates", "dates", "dates"],
  ["GCAM", "gcam", "gcam"],
  ["SharingImage", "sharing_image", "text"],
  ["RelatedImages", "related_images", "urls"],
  ["SocialImageEmbeds", "social_image_embeds", "urls"],
  ["SocialVideoEmbeds", "social_video_embeds", "urls"],
  ["Quotations", "quotations", "quotations"],
  ["AllNames", "all_names", "offsetNames"],
  ["Amounts", "amounts", "amounts"],
  ["TranslationInfo", "translation_info", "translation"],
  ["Extras", "extras", "extras"],
);

export const EVENT = positions(eventColumns);
export const MENTION = positions(mentionColumns);
export const GKG = positions(gkgColumns);
