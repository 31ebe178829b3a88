import { encodeModel } from '../onnx/encode';
import { constantBytes, externalDataChunks, planExternalData } from '../onnx/externalData';
import type { Graph } from '../onnx/model';

/** A graph with more constants keeps them in a file of their own, which ONNX Runtime maps instead of copying. */
export const defaultInlineBytes = 256 << 20;

/** One file that a graph is written as; its chunks are computed while they are taken. */
export interface GraphFile {
  readonly name: string;
  readonly chunks: Iterable<Uint8Array>;
}

/** Name of the .onnx file of a graph. */
export function graphFileName(graph: string): string {
  return `${graph}.onnx`;
}

/**
 * The files of a graph, which belong side by side: the .onnx file and, where its constants take more than `inlineBytes`,
 * the file of weights it names. Memory holds one tensor at a time.
 */
export function graphFiles(graph: Graph, inlineBytes: number = defaultInlineBytes): readonly GraphFile[] {
  const name = graphFileName(graph.name);
  if (constantBytes(graph) <= inlineBytes) return [{ name, chunks: encodeModel(graph) }];
  const layout = planExternalData(graph, `${name}.data`);
  return [
    { name, chunks: encodeModel(graph, layout) },
    { name: layout.location, chunks: externalDataChunks(graph, layout) },
  ];
}
