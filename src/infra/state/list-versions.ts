import type { ObjectVersion, StateStore } from "../aws/state-store.js";
import { EvenkeelError } from "../../errors/evenkeel-error.js";
import { addressesIn, parseState } from "./state-file.js";

/** One kept version of a state. */
export interface StateVersion extends ObjectVersion {
  /** Missing where it is no readable state. */
  readonly serial?: number;
  readonly terraformVersion?: string;
  /** How many resources it knows. */
  readonly resources?: number;
}

async function describe(store: StateStore, key: string, version: ObjectVersion): Promise<StateVersion> {
  const text = await store.readObject(key, version.versionId);
  if (text === undefined) return version;
  try {
    const state = parseState(text, version.versionId);
    return {
      ...version,
      serial: state.serial,
      terraformVersion: state.terraform_version,
      resources: addressesIn(state).length,
    };
  } catch {
    return version;
  }
}

/**
 * Lists the kept versions of a state, newest first.
 * @param limit how many at most
 * @throws EvenkeelError `STATE_NOT_FOUND`
 */
export async function listStateVersions(
  store: StateStore,
  key: string,
  limit: number,
): Promise<readonly StateVersion[]> {
  const versions = await store.listVersions(key);
  if (versions.length > 0) return Promise.all(versions.slice(0, limit).map((version) => describe(store, key, version)));
  throw new EvenkeelError(`there is no state ${key} in the bucket`, {
    code: "STATE_NOT_FOUND",
    owner: "user",
    hint: "evenkeel infra plan, then evenkeel infra apply --execute, make one",
    details: { key },
  });
}
