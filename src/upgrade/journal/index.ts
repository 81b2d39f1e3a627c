/** The journal's encoding: pure but for the hash. Stores keep the text. */
export { decodeJournal, type DecodedJournal } from "./decode-journal.js";
export { encodeRecord, NO_SUM, sumOfLine } from "./encode-record.js";
