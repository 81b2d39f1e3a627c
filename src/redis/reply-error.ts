/** An error that the server answered, e.g. `-NOAUTH Authentication required.` */
export class ReplyError extends Error {
  /** First word, e.g. `NOAUTH`, `MOVED`, `ERR`. */
  readonly prefix: string;

  constructor(message: string) {
    super(message);
    this.name = "ReplyError";
    this.prefix = message.split(" ", 1)[0] ?? "";
  }
}
