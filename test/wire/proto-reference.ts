import protobuf from 'protobufjs';
import { loadProto } from '../../scripts/generate-descriptor.ts';

const root = loadProto();

type Plain = Readonly<Record<string, unknown>>;

/** The bytes of a message as protobufjs encodes it from the .proto file, our value given. */
export function referenceBytes(message: string, value: object, defaults: 'omitted' | 'written'): Uint8Array {
  const type = root.lookupType(`conclave.v1.${message}`);
  return type.encode(type.fromObject(toProto(type, value as Plain, defaults))).finish();
}

/** Our value in the form that protobufjs takes: the schema says what becomes of each field. */
function toProto(type: protobuf.Type, value: Plain, defaults: 'omitted' | 'written'): Plain {
  const source = flattened(type.name, value);
  const target: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const member = source[field.name];
    if (member === undefined) continue;
    if (field.repeated) target[field.name] = (member as unknown[]).map((item) => toField(field, item, defaults));
    else if (defaults === 'written' || field.partOf !== null || !isDefault(field, member)) {
      target[field.name] = toField(field, member, defaults);
    }
  }
  return target;
}

function toField(field: protobuf.Field, member: unknown, defaults: 'omitted' | 'written'): unknown {
  if (field.resolvedType instanceof protobuf.Enum) return (member as string).toUpperCase();
  if (field.resolvedType !== null) return toProto(field.resolvedType, member as Plain, defaults);
  return typeof member === 'bigint' ? String(member) : member;
}

function isDefault(field: protobuf.Field, member: unknown): boolean {
  if (field.resolvedType instanceof protobuf.Enum) {
    return field.resolvedType.values[(member as string).toUpperCase()] === 0;
  }
  if (field.resolvedType !== null) return false;
  if (member instanceof Uint8Array) return member.length === 0;
  return member === 0 || member === 0n || member === '' || member === false;
}

/** Where our types differ from the messages: variants are members of a `oneof`, and so is the end of a range. */
function flattened(message: string, value: Plain): Plain {
  switch (message) {
    case 'Operation':
    case 'Result': {
      const body = value['body'] as Plain & { readonly kind: string };
      return { ...value, [body.kind]: body };
    }
    case 'WatchNotice': {
      const notice = value['notice'] as Plain & { readonly kind: string };
      return { ...value, [notice.kind]: notice };
    }
    case 'WatchCreate':
      return { ...value, ...(value['target'] as Plain) };
    case 'Event':
      return ['put', 'delete'].includes(String(value['type'])) ? value : { [String(value['type'])]: value };
    case 'Condition':
      return { [String(value['kind'])]: ['exists', 'absent'].includes(String(value['kind'])) ? value['key'] : value };
    case 'TransactionOperation':
    case 'TransactionOperationDone':
      return { [String(value['kind'])]: value };
    case 'KeyRange': {
      const { from, to } = value;
      return { from, to: typeof to === 'string' ? new Uint8Array(0) : to, unbounded: to === 'unbounded' };
    }
    case 'ExpireSession':
    case 'OpenBallot':
      return { ...value, ...(value['ballot'] as Plain) };
    default:
      return value;
  }
}
