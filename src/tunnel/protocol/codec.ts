import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ZxpError } from '../../model/errors.js';

/** Translates one type of message to and from Protocol Buffers' binary form. */
export interface Codec<Message> {
  readonly encode: (message: Message) => Uint8Array;
  /** Throws a ZxpError of code `protocol` for bytes that are not such a message. Byte fields are views of `bytes`. */
  readonly decode: (bytes: Uint8Array) => Message;
  /** A message with every field that is not given at its default. */
  readonly create: (fields?: Partial<Message>) => Message;
}

/** How one field of `Message` is written and read. */
export interface Field<Message> {
  readonly number: number;
  readonly wireType: WireType;
  /** Writes nothing where the field has its default. */
  readonly write: (writer: BinaryWriter, message: Message) => void;
  readonly read: (reader: BinaryReader, message: Message) => void;
}

/**
 * Makes the codec of a proto3 message from its defaults and its fields. Fields that it does not know are skipped, as are
 * those of another wire type; text that is not UTF-8 is refused, as in every other implementation of proto3.
 */
export function defineMessage<Message>(
  defaults: () => Message,
  fields: readonly Field<NoInfer<Message>>[],
): Codec<Message> {
  const byNumber = new Map(fields.map((field) => [field.number, field]));
  return {
    create: (given) => ({ ...defaults(), ...given }),
    encode(message) {
      const writer = new BinaryWriter();
      for (const field of fields) field.write(writer, message);
      return writer.finish();
    },
    decode(bytes) {
      const message = defaults();
      const reader = new BinaryReader(bytes);
      try {
        while (reader.pos < reader.len) {
          const [number, wireType] = reader.tag();
          const field = byNumber.get(number);
          if (field?.wireType === wireType) field.read(reader, message);
          else reader.skip(wireType, number);
        }
      } catch (cause) {
        throw new ZxpError('protocol', 'a message of the tunnel cannot be decoded', { cause });
      }
      return message;
    },
  };
}

/** A `string` field. */
export function text<Key extends string>(number: number, key: Key): Field<Record<Key, string>> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    write: (writer, message) => {
      if (message[key] !== '') writer.tag(number, WireType.LengthDelimited).string(message[key]);
    },
    read: (reader, message) => {
      message[key] = reader.string(true);
    },
  };
}

/** No list of this protocol is longer; a sender of two million empty texts in one message is stopped early. */
const MAX_REPEATED = 1000;

/** A `repeated string` field; a message with more than 1000 values is refused. */
export function texts<Key extends string>(number: number, key: Key): Field<Record<Key, string[]>> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    write: (writer, message) => {
      for (const value of message[key]) writer.tag(number, WireType.LengthDelimited).string(value);
    },
    read: (reader, message) => {
      if (message[key].length === MAX_REPEATED) throw new RangeError('too many values');
      message[key].push(reader.string(true));
    },
  };
}

/** A `bool` field. */
export function bool<Key extends string>(number: number, key: Key): Field<Record<Key, boolean>> {
  return {
    number,
    wireType: WireType.Varint,
    write: (writer, message) => {
      if (message[key]) writer.tag(number, WireType.Varint).bool(true);
    },
    read: (reader, message) => {
      message[key] = reader.bool();
    },
  };
}

/** An `int32` field. */
export function int32<Key extends string>(number: number, key: Key): Field<Record<Key, number>> {
  return {
    number,
    wireType: WireType.Varint,
    write: (writer, message) => {
      if (message[key] !== 0) writer.tag(number, WireType.Varint).int32(message[key]);
    },
    read: (reader, message) => {
      message[key] = reader.int32();
    },
  };
}

/** An `int64` field, exact over its whole range. */
export function int64<Key extends string>(number: number, key: Key): Field<Record<Key, bigint>> {
  return {
    number,
    wireType: WireType.Varint,
    write: (writer, message) => {
      if (message[key] !== 0n) writer.tag(number, WireType.Varint).int64(message[key]);
    },
    read: (reader, message) => {
      message[key] = BigInt(reader.int64());
    },
  };
}

/** A `bytes` field. */
export function bytes<Key extends string>(number: number, key: Key): Field<Record<Key, Uint8Array>> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    write: (writer, message) => {
      if (message[key].length > 0) writer.tag(number, WireType.LengthDelimited).bytes(message[key]);
    },
    read: (reader, message) => {
      message[key] = reader.bytes();
    },
  };
}

/** One case of a oneof: `pick` gives its bytes where the message holds this case, `put` makes the message hold it. */
export function oneOfCase<Message>(
  number: number,
  pick: (message: Message) => Uint8Array | undefined,
  put: (message: Message, value: Uint8Array) => void,
): Field<Message> {
  return {
    number,
    wireType: WireType.LengthDelimited,
    write: (writer, message) => {
      const value = pick(message);
      if (value !== undefined) writer.tag(number, WireType.LengthDelimited).bytes(value);
    },
    read: (reader, message) => put(message, reader.bytes()),
  };
}
