/** The journal's encoding and the rules of its records, the same wherever the text is kept. */
export { decodeJournal, type DecodedJournal } from "./decode-journal.js";
export { encodeRecord, NO_SUM, sumOfLine } from "./encode-record.js";
export { archiveName, requireOwn, toRecord } from "./record-rules.js";
