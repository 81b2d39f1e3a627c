import type { Placement, Unreachable, View } from "../../../cluster/types.js";

/** What `GET /view` answers: the server's own view, the disk, and where the pod stands. */
export interface ViewReply {
  readonly view: View | null;
  /** Why there is no view. */
  readonly unreachable?: { readonly kind: Unreachable["kind"]; readonly reason: string };
  readonly disk?: {
    readonly freeBytes?: number;
    readonly totalBytes?: number;
    readonly inodesFree?: number;
    readonly dataBytes?: number;
  };
  readonly placement?: Placement;
}
