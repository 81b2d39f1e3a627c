/** A release of a distribution whose packages may be fetched. */
export interface Release {
  /** Code name, as in the package archive. */
  readonly name: string;
  /** Suites beside the release itself, without its name in front: `updates`, `backports`. */
  readonly extraSuites: readonly string[];
  /** True when the security archive has a suite for it. */
  readonly security: boolean;
}

/** The one list to change when a distribution makes a new release. Versions are never listed: apt is asked. */
export const RELEASES = {
  Debian: [
    { name: "bookworm", extraSuites: ["updates", "backports"], security: true },
    { name: "trixie", extraSuites: ["updates", "backports"], security: true },
    { name: "sid", extraSuites: [], security: false },
  ],
  Ubuntu: [
    { name: "noble", extraSuites: ["updates"], security: true },
    { name: "questing", extraSuites: ["updates"], security: true },
    { name: "resolute", extraSuites: ["updates"], security: true },
  ],
} as const satisfies Record<string, readonly Release[]>;

export type DistributionName = keyof typeof RELEASES;

export const DISTRIBUTIONS: readonly DistributionName[] = ["Debian", "Ubuntu"];

/** Where the packages with the servers are. */
export const COMPONENTS: Readonly<Record<DistributionName, string>> = { Debian: "main", Ubuntu: "main universe" };

/** Installed by the distribution's own keyring package. */
export const KEYRINGS: Readonly<Record<DistributionName, string>> = {
  Debian: "/usr/share/keyrings/debian-archive-keyring.gpg",
  Ubuntu: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
};
