/** What is wished of a pod, in the order of strength: a stronger wish wins over one that is under way. */
const STRENGTH = { run: 0, replace: 1, stop: 2, exit: 3 } as const;
type Wish = keyof typeof STRENGTH;

/** The wishes of one kubelet: a box that the control API and signals put in to and the pod's loop reads. */
export interface Wishes {
  readonly wish: () => Wish;
  /**
   * Wishes the end of the present pod.
   * @param handover false: without the preStop hook, also when that is under way already
   */
  readonly end: (wish: Exclude<Wish, "run">, handover: boolean) => void;
  /** Wishes that a stopped pod starts; during a stop: that it starts again afterwards. */
  readonly start: () => void;
  /** The loop begins a new pod: the wish is `run`. */
  readonly begin: () => void;
  /** Aborted once anything but `run` is wished of the present pod. */
  readonly ending: () => AbortSignal;
  /** Aborted once nobody wants the preStop hook of the present pod. */
  readonly hurried: () => AbortSignal;
  /** Resolves when the wish is no longer `stop`. */
  readonly wakened: () => Promise<void>;
}

/** An empty box: the wish is that the pod runs. */
export function createWishes(): Wishes {
  const changes = new EventTarget();
  let wish: Wish = "run";
  let ending = new AbortController();
  let hurried = new AbortController();
  return {
    wish: () => wish,
    end: (asked, handover) => {
      if (STRENGTH[asked] > STRENGTH[wish]) wish = asked;
      if (!handover) hurried.abort("the pod is stopped without a hand-over");
      ending.abort();
      changes.dispatchEvent(new Event("change"));
    },
    start: () => {
      if (wish === "stop") wish = "replace";
      changes.dispatchEvent(new Event("change"));
    },
    begin: () => {
      wish = "run";
      ending = new AbortController();
      hurried = new AbortController();
    },
    ending: () => ending.signal,
    hurried: () => hurried.signal,
    wakened: () =>
      new Promise((resolve) => {
        const look = (): void => {
          if (wish === "stop") return;
          changes.removeEventListener("change", look);
          resolve();
        };
        changes.addEventListener("change", look);
        look();
      }),
  };
}
