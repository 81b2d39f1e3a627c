import type { PodTemplate } from "../../ports/platform.js";
import { writeClusterFile } from "./cluster-file.js";
import type { ClusterFile, ServerTemplate } from "./cluster-file.js";
import type { ClusterPaths } from "./state-paths.js";
import { writeJsonAtomic } from "./write-file-atomic.js";

interface Staging {
  readonly paths: ClusterPaths;
  readonly read: () => ClusterFile;
}

export const sameTemplate = (a: PodTemplate, b: PodTemplate): boolean =>
  a.engine === b.engine && a.version === b.version;

/**
 * The program of a template. One that the cluster has run is known even where no search finds it any more: a way back must not
 * depend on what is installed now.
 */
async function findProgram(
  template: PodTemplate,
  cluster: ClusterFile,
  resolve: (template: PodTemplate) => Promise<ServerTemplate>,
): Promise<ServerTemplate> {
  try {
    const { engine, version, server } = await resolve(template);
    return { engine, version, server };
  } catch (error) {
    const known = [cluster.template, cluster.formerTemplate].find((each) => each && sameTemplate(each, template));
    if (known === undefined) throw error;
    return known;
  }
}

/**
 * Sets what the next start of a pod uses, and records what it was before. Staging the former template again is a way back:
 * then there is no former one. Staging the present one again changes nothing.
 *
 * @throws EvenkeelError those of the search for the engine
 */
export async function stageTemplate(
  template: PodTemplate,
  { paths, read, resolve }: Staging & { readonly resolve: (template: PodTemplate) => Promise<ServerTemplate> },
): Promise<void> {
  const found = await findProgram(template, read(), resolve);
  const { formerTemplate, ...cluster } = read();
  const former = sameTemplate(cluster.template, found) ? formerTemplate : cluster.template;
  const back = formerTemplate !== undefined && sameTemplate(formerTemplate, found);
  // Agents prefer candidates of the version that the cluster goes to.
  writeJsonAtomic(paths.targetFile, { engine: found.engine, version: found.version });
  writeClusterFile(paths, {
    ...cluster,
    template: found,
    ...(former === undefined || back ? {} : { formerTemplate: former }),
  });
}

/** From its next start on, the pod runs what is staged. */
export function withoutOverride(pod: string, { paths, read }: Staging): void {
  const cluster = read();
  const { template, ...rest } = cluster.pods?.[pod] ?? {};
  if (template !== undefined) writeClusterFile(paths, { ...cluster, pods: { ...cluster.pods, [pod]: rest } });
}
