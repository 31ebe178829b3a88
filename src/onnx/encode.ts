import { StudioError } from '../protocol/failure';
import type { ExternalLayout, ExternalSlot } from './externalData';
import {
  type Attribute,
  type Dimension,
  type ElementType,
  elementTypes,
  type Graph,
  type GraphValue,
  type Node,
  type Tensor,
} from './model';
import { ProtoWriter } from './protobuf';

/** The version that came with opset 23 (ONNX 1.18). */
const irVersion = 11;

/** Protobuf readers, ONNX Runtime's among them, refuse a message of 2 GiB or more. */
export const maxModelBytes = 2 ** 31 - 1;

/**
 * A `ModelProto` (onnx.proto of ONNX 1.18) as a sequence of chunks; weights are loaded one by one while it is drained.
 * Equal graphs give equal bytes.
 * @param external tensors that have a place there are described and not written
 * @throws {StudioError} `bundle-invalid` when the model exceeds {@link maxModelBytes}.
 */
export function encodeModel(graph: Graph, external?: ExternalLayout): Generator<Uint8Array> {
  const model = new ProtoWriter();
  model.int(1, irVersion);
  model.string(2, 'autoneural-studio');
  model.message(7, graphProto(graph, external));
  for (const [domain, version] of Object.entries(graph.opsets)) {
    const opset = new ProtoWriter();
    if (domain !== '') opset.string(1, domain);
    opset.int(2, version);
    model.message(8, opset);
  }
  for (const definition of graph.functions ?? []) model.bytes(25, definition);
  if (model.byteLength > maxModelBytes) {
    const message = `The graph ${graph.name} would take ${model.byteLength} bytes, but one ONNX file holds at most ${maxModelBytes}; choose a smaller model or precision.`;
    throw new StudioError('bundle-invalid', message);
  }
  return model.chunks();
}

function graphProto(graph: Graph, external?: ExternalLayout): ProtoWriter {
  const proto = new ProtoWriter();
  for (const node of graph.nodes) proto.message(1, nodeProto(node));
  proto.string(2, graph.name);
  for (const tensor of graph.initializers) {
    const slot = external?.slots.get(tensor.name);
    proto.message(5, tensorProto(tensor, external && slot && { ...slot, location: external.location }));
  }
  for (const input of graph.inputs) proto.message(11, valueInfoProto(input));
  for (const output of graph.outputs) proto.message(12, valueInfoProto(output));
  return proto;
}

function nodeProto(node: Node): ProtoWriter {
  const proto = new ProtoWriter();
  for (const input of node.inputs) proto.string(1, input);
  for (const output of node.outputs) proto.string(2, output);
  proto.string(3, node.name);
  proto.string(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    if ('encoded' in value) proto.bytes(5, value.encoded);
    else proto.message(5, attributeProto(name, value));
  }
  if (node.domain !== '') proto.string(7, node.domain);
  return proto;
}

function attributeProto(name: string, value: Exclude<Attribute, { encoded: Uint8Array }>): ProtoWriter {
  const proto = new ProtoWriter();
  proto.string(1, name);
  if ('float' in value) {
    proto.float(2, value.float);
    proto.int(20, 1);
  } else if ('int' in value) {
    proto.int(3, value.int);
    proto.int(20, 2);
  } else if ('string' in value) {
    proto.string(4, value.string);
    proto.int(20, 3);
  } else if ('ints' in value) {
    proto.packedInts(8, value.ints);
    proto.int(20, 7);
  } else if ('floats' in value) {
    for (const float of value.floats) proto.float(7, float);
    proto.int(20, 6);
  } else if ('tensor' in value) {
    proto.message(5, tensorProto(value.tensor, undefined));
    proto.int(20, 4);
  } else {
    proto.message(6, graphProto(value.graph));
    proto.int(20, 5);
  }
  return proto;
}

function tensorProto(
  tensor: Tensor,
  external: (ExternalSlot & { readonly location: string }) | undefined,
): ProtoWriter {
  const proto = new ProtoWriter();
  proto.packedInts(1, tensor.dims);
  proto.int(2, elementTypes[tensor.type]);
  proto.string(8, tensor.name);
  if (tensor.type === 'string') {
    proto.splice(tensor.data);
    return proto;
  }
  if (external === undefined) {
    proto.bytes(9, tensor.data);
    return proto;
  }
  const { location, offset, length } = external;
  for (const [key, value] of Object.entries({ location, offset, length })) {
    const entry = new ProtoWriter();
    entry.string(1, key);
    entry.string(2, String(value));
    proto.message(13, entry);
  }
  // TensorProto.DataLocation EXTERNAL.
  proto.int(14, 1);
  return proto;
}

function valueInfoProto(value: GraphValue): ProtoWriter {
  const proto = new ProtoWriter();
  proto.string(1, value.name);
  if (value.encodedType !== undefined) proto.bytes(2, value.encodedType);
  else if (value.type !== undefined) proto.message(2, typeProto(value.type, value.dims));
  return proto;
}

function typeProto(elementType: ElementType, dims: readonly Dimension[] | undefined): ProtoWriter {
  const tensorType = new ProtoWriter();
  tensorType.int(1, elementTypes[elementType]);
  if (dims !== undefined) {
    const shape = new ProtoWriter();
    for (const dimension of dims) {
      const proto = new ProtoWriter();
      if (typeof dimension === 'number') proto.int(1, dimension);
      else if (dimension !== '') proto.string(2, dimension);
      shape.message(1, proto);
    }
    tensorType.message(2, shape);
  }
  const type = new ProtoWriter();
  type.message(1, tensorType);
  return type;
}
