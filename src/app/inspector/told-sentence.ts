import type { ToldSentence } from "../../inspector/sentence-ring.ts";
import type { Told } from "../sentence-tail.ts";

/** What the inspector tells of an event that has become complete. */
export const toldSentence = (told: Told): ToldSentence => ({
  id: told.eventId,
  slice: told.sliceMs / 1000,
  sentence: told.sentence,
  // A mention may also be a page of a book, or a broadcast.
  url: /^https?:\/\//i.test(told.article) ? told.article : null,
  tone: told.tone,
  goldstein: told.goldstein,
  quad: told.quadClass,
  country: told.country,
  lat: told.latitude,
  lon: told.longitude,
});
