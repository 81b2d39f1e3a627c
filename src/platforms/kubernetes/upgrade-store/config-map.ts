import type { V1ConfigMap, V1OwnerReference } from "@kubernetes/client-node";
import { apiStatus, callApi, explainApiError, findInApi } from "../api/api-error.js";
import type { KubeApi } from "../api/connect.js";
import type { KubeRelease } from "../release/find-release.js";
import { RELEASE_LABEL } from "../release/labels.js";

/** What a ConfigMap of ours is for. */
export type StoreKind = "journal" | "archive" | "brake" | "state";

export const STORE_LABEL = "evenkeel.dev/store";

/** A ConfigMap as it was read; the version tells whether it was changed since. */
export interface StoredMap {
  readonly name: string;
  readonly version: string;
  readonly data: Readonly<Record<string, string>>;
}

/** The StatefulSet owns what is remembered about it: an uninstall takes it away too. */
export function ownedBy({ fullname, uid }: KubeRelease): V1OwnerReference[] {
  return [{ apiVersion: "apps/v1", kind: "StatefulSet", name: fullname, uid }];
}

const toStored = ({ metadata, data }: V1ConfigMap): StoredMap => ({
  name: metadata?.name ?? "",
  version: metadata?.resourceVersion ?? "",
  data: data ?? {},
});

/** The ConfigMaps of one release in which an upgrade is remembered. */
export interface MapStore {
  list(kind: StoreKind): Promise<readonly StoredMap[]>;
  read(name: string): Promise<StoredMap | undefined>;
  /** @returns undefined when there is one of that name already */
  create(kind: StoreKind, name: string, data: StoredMap["data"]): Promise<StoredMap | undefined>;
  /** @returns undefined when it was changed, or removed, since it was read */
  replace(kind: StoreKind, map: StoredMap, data: StoredMap["data"]): Promise<StoredMap | undefined>;
  /** Reads, changes and writes; again when somebody else was faster. */
  update(kind: StoreKind, name: string, change: (data: StoredMap["data"]) => StoredMap["data"]): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Opens the ConfigMaps of a release. Its calls throw what {@link callApi} throws. */
export function createMapStore(api: KubeApi, release: KubeRelease): MapStore {
  const { namespace, core } = api;
  const bodyOf = (kind: StoreKind, name: string, data: StoredMap["data"], version?: string): V1ConfigMap => ({
    metadata: {
      name,
      namespace,
      labels: { [RELEASE_LABEL]: release.name, [STORE_LABEL]: kind },
      ownerReferences: ownedBy(release),
      ...(version === undefined ? {} : { resourceVersion: version }),
    },
    data: { ...data },
  });
  const unlessTaken = async (what: string, call: () => Promise<V1ConfigMap>): Promise<StoredMap | undefined> => {
    try {
      return toStored(await call());
    } catch (error) {
      const status = apiStatus(error);
      if (status === 409 || status === 404) return undefined;
      throw explainApiError(error, what);
    }
  };
  const store: MapStore = {
    list: async (kind) => {
      const labelSelector = `${RELEASE_LABEL}=${release.name},${STORE_LABEL}=${kind}`;
      const { items } = await callApi("list the ConfigMaps", () =>
        core.listNamespacedConfigMap({ namespace, labelSelector }),
      );
      return items.map(toStored);
    },
    read: async (name) => {
      const found = await findInApi(`read the ConfigMap ${name}`, () =>
        core.readNamespacedConfigMap({ namespace, name }),
      );
      return found && toStored(found);
    },
    create: (kind, name, data) =>
      unlessTaken(`make the ConfigMap ${name}`, () =>
        core.createNamespacedConfigMap({ namespace, body: bodyOf(kind, name, data) }),
      ),
    replace: (kind, { name, version }, data) =>
      unlessTaken(`write the ConfigMap ${name}`, () =>
        core.replaceNamespacedConfigMap({ namespace, name, body: bodyOf(kind, name, data, version) }),
      ),
    update: async (kind, name, change) => {
      for (;;) {
        const found = await store.read(name);
        const data = change(found?.data ?? {});
        const written = found ? await store.replace(kind, found, data) : await store.create(kind, name, data);
        if (written) return;
      }
    },
    remove: async (name) => {
      await findInApi(`remove the ConfigMap ${name}`, () => core.deleteNamespacedConfigMap({ namespace, name }));
    },
  };
  return store;
}
