/** A value as terraform sends it: objects, arrays, primitives, null, or an unknown one. */
export type WireValue = unknown;

/** The bytes of a value, or nothing for one that was not sent. */
export interface DynamicValue {
  readonly msgpack?: Buffer;
  readonly json?: Buffer;
}

interface Extension {
  readonly type: number;
}

/** The part of `@msgpack/msgpack` that is used. */
export interface MessagePack {
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly ExtData: new (type: number, data: Uint8Array) => Extension;
}

export interface WireCodec {
  readonly decode: (value: DynamicValue | null | undefined) => WireValue;
  readonly encode: (value: WireValue) => DynamicValue;
  readonly isUnknown: (value: WireValue) => boolean;
  /** "Known after apply": an extension without content. */
  readonly unknown: WireValue;
}

/** Reads and writes values in terraform's dialect of MessagePack. */
export function wireCodec(packer: MessagePack): WireCodec {
  return {
    decode: (value) => {
      if (value?.msgpack !== undefined && value.msgpack.length > 0) return packer.decode(value.msgpack);
      return value?.json !== undefined && value.json.length > 0 ? JSON.parse(value.json.toString()) : null;
    },
    encode: (value) => ({ msgpack: Buffer.from(packer.encode(value)) }),
    isUnknown: (value) => value instanceof packer.ExtData,
    unknown: new packer.ExtData(0, new Uint8Array([0])),
  };
}
