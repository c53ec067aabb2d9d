import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

// `src` and `dist` are equally deep.
const onnxProto = fileURLToPath(new URL('../../../../protos/onnx/onnx.proto', import.meta.url));
let modelType: protobuf.Type | undefined;

/** TensorProto.DataType.FLOAT. */
export const FLOAT_TYPE = 1;

/** The messages of protos/onnx/onnx.proto that are written here; field names in camelCase, enumerations as text. */
export interface ModelProto {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly producerName: string;
  readonly producerVersion: string;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: GraphProto;
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export type AttributeProto = { readonly name: string } & (
  | { readonly type: 'INT'; readonly i: number }
  | { readonly type: 'INTS'; readonly ints: readonly number[] }
  | { readonly type: 'FLOAT'; readonly f: number }
);

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: typeof FLOAT_TYPE;
  /** Little-endian. */
  readonly rawData: Uint8Array;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: typeof FLOAT_TYPE;
      readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] };
    };
  };
}

export function encodeModel(model: ModelProto): Uint8Array {
  const type = typeOfModels();
  return type.encode(type.fromObject(model)).finish();
}

function typeOfModels(): protobuf.Type {
  modelType ??= protobuf.loadSync(onnxProto).lookupType('onnx.ModelProto');
  return modelType;
}
