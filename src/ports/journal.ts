/** Who stopped an upgrade before its next step. */
export type BrakeHolder = "person" | "guard" | "engine";

/** What each kind of record carries. Everything is JSON; never secrets. */
export interface JournalDataByKind {
  /** The first record of a journal. `plan` is kept as the planner made it. */
  begun: {
    readonly upgrade: string;
    /** Identity of the cluster; a journal of another one is refused. */
    readonly cluster: string;
    readonly direction: "upgrade" | "rollback";
    readonly plan: unknown;
    readonly by: string;
  };
  "step-started": { readonly step: string };
  "step-done": { readonly step: string; readonly facts?: Readonly<Record<string, unknown>> };
  "step-failed": { readonly step: string; readonly reason: string };
  braked: { readonly reason: string; readonly by: BrakeHolder };
  released: { readonly by: BrakeHolder };
  "rollback-begun": { readonly reason: string; readonly plan: unknown };
  /** Something worth keeping that is no step, e.g. topic `snapshot`. */
  noted: { readonly topic: string; readonly facts: Readonly<Record<string, unknown>> };
  finished: { readonly outcome: "passed" | "rolled-back" | "failed"; readonly reason: string };
}

export type JournalKind = keyof JournalDataByKind;

/** What is appended: the kind and its fields side by side. */
export type JournalEntry = {
  [Kind in JournalKind]: { readonly kind: Kind } & JournalDataByKind[Kind];
}[JournalKind];

/** What is read: an entry with its place and time. */
export type JournalRecord = JournalEntry & {
  /** From 1, without a gap. */
  readonly seq: number;
  /** ISO 8601. */
  readonly time: string;
};

/** The journal of an upgrade that is over. */
export interface ArchivedJournal {
  /** Sorts by the time at which it ended. */
  readonly name: string;
  readonly records: readonly JournalRecord[];
}

/** What has been done so far, so that whoever comes next can go on. Only the holder of the lease appends. */
export interface Journal {
  /** Empty when no upgrade has begun. A last record that was cut while it was written is left out. */
  read(): Promise<readonly JournalRecord[]>;
  /** Durable when it resolves. The first entry must be `begun`. */
  append(entry: JournalEntry): Promise<JournalRecord>;
  /** Puts a finished journal aside; without a journal nothing happens. */
  archive(): Promise<void>;
  /** The newest `count` of those put aside, newest first. */
  archived(count: number): Promise<readonly ArchivedJournal[]>;
}

export type LeaseAnswer =
  | { readonly taken: true }
  /** `holder` says who and which process; `since` is ISO 8601. */
  | { readonly taken: false; readonly holder: string; readonly since: string };

/** Keeps a second upgrade of the same cluster out. A holder that died holds nothing. */
export interface UpgradeLease {
  /**
   * The same process may take it again, and releases it as many times.
   * @param who what the holder does, for people, e.g. `upgrade to redis@8.0`
   */
  take(who: string): Promise<LeaseAnswer>;
  /** Does nothing when this process does not hold it. */
  release(): Promise<void>;
  /** Who holds it now; undefined when nobody does. */
  holder(): Promise<{ readonly holder: string; readonly since: string } | undefined>;
}

export interface BrakeState {
  readonly reason: string;
  readonly by: BrakeHolder;
  /** ISO 8601. */
  readonly since: string;
}

/** Stops an upgrade before its next step. Each holder has its own; the upgrade goes on when no one holds any. */
export interface Brake {
  /** A person's before the guard's before the engine's; undefined when the upgrade may go on. */
  get(): Promise<BrakeState | undefined>;
  /** Set again by the same holder: the new reason, the old time. */
  set(reason: string, by: BrakeHolder): Promise<void>;
  /** Lets go the brake of one holder, or of all when none is named. */
  clear(by?: BrakeHolder): Promise<void>;
}

/** What an upgrade remembers outside its process. */
export interface UpgradeStore {
  readonly journal: Journal;
  readonly lease: UpgradeLease;
  readonly brake: Brake;
}
