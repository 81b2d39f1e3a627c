export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: string;
}
export function blankText(text: string): string;
export function blocks(text: string): readonly HclBlock[];
export function attribute(body: string, name: string): string | undefined;
export function folderBlocks(folder: string): readonly (HclBlock & { readonly file: string })[];
