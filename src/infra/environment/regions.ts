/*
 * Letters of each region's zones. An account sees its own subset under its own letters, so this only catches what can never
 * be right; AWS has the last word.
 */
const ZONE_LETTERS: Readonly<Record<string, string>> = {
  "us-east-1": "abcdef",
  "us-east-2": "abc",
  "us-west-1": "abc",
  "us-west-2": "abcd",
  "ca-central-1": "abd",
  "eu-central-1": "abc",
  "eu-west-1": "abc",
  "eu-west-2": "abc",
  "eu-west-3": "abc",
  "eu-north-1": "abc",
  "eu-south-1": "abc",
  "ap-south-1": "abc",
  "ap-southeast-1": "abc",
  "ap-southeast-2": "abc",
  "ap-northeast-1": "acd",
  "ap-northeast-2": "abcd",
  "ap-northeast-3": "abc",
  "sa-east-1": "abc",
};

/** Regions whose zones are known here. */
export const KNOWN_REGIONS: readonly string[] = Object.keys(ZONE_LETTERS);

/** Zones of a region; for one that is not known here its first three letters. */
export function zonesOf(region: string): readonly string[] {
  return Array.from(ZONE_LETTERS[region] ?? "abc", (letter) => `${region}${letter}`);
}

/** Why a zone cannot be one of the region's; undefined when it may be. */
export function zoneFault(zone: string, region: string): string | undefined {
  if (!zone.startsWith(region) || zone.length !== region.length + 1)
    return `${zone} is no zone of ${region}; its zones are ${zonesOf(region).join(", ")}`;
  if (ZONE_LETTERS[region] === undefined || zonesOf(region).includes(zone)) return undefined;
  return `${region} has no zone ${zone}; its zones are ${zonesOf(region).join(", ")}`;
}
