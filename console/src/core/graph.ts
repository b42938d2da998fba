// The job graph in layers, left to right: each job stands right of all that it needs. Edges over several layers get a free place in each.

export interface GraphNode {
  name: string;
  needs: readonly string[];
}

export interface Placed {
  name: string;
  layer: number;
  x: number;
  y: number;
}

export interface Edge {
  from: string;
  to: string;
  points: { x: number; y: number }[]; // at least two: right side of `from`, left side of `to`
}

export interface GraphLayout {
  width: number;
  height: number;
  nodes: Placed[];
  edges: Edge[];
}

export interface GraphSizes {
  nodeWidth: number;
  nodeHeight: number;
  gapX: number;
  gapY: number;
}

interface Cell {
  id: number;
  name: string; // empty: the free place of an edge
  layer: number;
  before: number[];
  after: number[];
  rank: number;
}

const sweeps = 6;
const centredMax = 14;

// The longest way from a job without needs. An edge that closes a circle counts as absent.
export function layersOf(nodes: readonly GraphNode[]): Map<string, number> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const layers = new Map<string, number>();
  const open = new Set<string>();
  for (const root of nodes) {
    const stack: { name: string; next: number; layer: number }[] = [{ name: root.name, next: 0, layer: 0 }];
    if (layers.has(root.name)) continue;
    open.add(root.name);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const need = byName.get(top.name)?.needs[top.next];
      if (need === undefined) {
        layers.set(top.name, top.layer);
        open.delete(top.name);
        stack.pop();
        const below = stack[stack.length - 1];
        if (below) below.layer = Math.max(below.layer, top.layer + 1);
        continue;
      }
      top.next += 1;
      if (!byName.has(need) || open.has(need)) continue;
      const known = layers.get(need);
      if (known !== undefined) top.layer = Math.max(top.layer, known + 1);
      else {
        open.add(need);
        stack.push({ name: need, next: 0, layer: 0 });
      }
    }
  }
  return layers;
}

class Grid {
  cells: Cell[] = [];
  layers: Cell[][] = [];
  chains: { from: string; to: string; ids: number[] }[] = [];

  constructor(nodes: readonly GraphNode[]) {
    const layers = layersOf(nodes);
    const ids = new Map(nodes.map((node) => [node.name, this.add(node.name, layers.get(node.name) ?? 0)]));
    for (const node of nodes) {
      for (const need of new Set(node.needs)) {
        const from = ids.get(need);
        const to = ids.get(node.name);
        if (from !== undefined && to !== undefined && this.cells[from]!.layer < this.cells[to]!.layer)
          this.chain(need, node.name, from, to);
      }
    }
  }

  private add(name: string, layer: number): number {
    const id = this.cells.length;
    while (this.layers.length <= layer) this.layers.push([]);
    const cell: Cell = { id, name, layer, before: [], after: [], rank: this.layers[layer]!.length };
    this.cells.push(cell);
    this.layers[layer]!.push(cell);
    return id;
  }

  private chain(from: string, to: string, first: number, last: number): void {
    const ids = [first];
    for (let layer = this.cells[first]!.layer + 1; layer < this.cells[last]!.layer; ++layer) ids.push(this.add('', layer));
    ids.push(last);
    for (let i = 0; i + 1 < ids.length; ++i) {
      this.cells[ids[i]!]!.after.push(ids[i + 1]!);
      this.cells[ids[i + 1]!]!.before.push(ids[i]!);
    }
    this.chains.push({ from, to, ids });
  }

  // Each cell goes to the middle of its neighbours, back and forth, which takes most crossings out.
  order(): void {
    for (let sweep = 0; sweep < sweeps; ++sweep) {
      const forward = sweep % 2 === 0;
      const layers = forward ? this.layers : [...this.layers].reverse();
      for (const layer of layers) {
        const weight = new Map(layer.map((cell) => [cell.id, this.middle(forward ? cell.before : cell.after, cell.rank)]));
        layer.sort((a, b) => weight.get(a.id)! - weight.get(b.id)! || a.rank - b.rank);
        layer.forEach((cell, rank) => (cell.rank = rank));
      }
    }
  }

  private middle(neighbours: number[], otherwise: number): number {
    if (neighbours.length === 0) return otherwise;
    return neighbours.reduce((sum, id) => sum + this.cells[id]!.rank, 0) / neighbours.length;
  }
}

export function layoutGraph(nodes: readonly GraphNode[], sizes: GraphSizes): GraphLayout {
  const grid = new Grid(nodes);
  grid.order();
  const pitchX = sizes.nodeWidth + sizes.gapX;
  const pitchY = sizes.nodeHeight + sizes.gapY;
  const tallest = Math.max(0, ...grid.layers.map((layer) => layer.length));
  // Layers are centred while all of it fits on a screen; in a taller graph the middle would be out of sight at first.
  const above = (layer: number): number => (tallest > centredMax ? 0 : (tallest - grid.layers[layer]!.length) / 2);
  const top = (cell: Cell): number => (above(cell.layer) + cell.rank) * pitchY;
  const placed = grid.cells.filter((cell) => cell.name !== '');
  const edges = grid.chains.map(({ from, to, ids }) => {
    const points = ids.flatMap((id, index) => {
      const cell = grid.cells[id]!;
      const x = cell.layer * pitchX;
      const y = top(cell) + sizes.nodeHeight / 2;
      if (index === 0) return [{ x: x + sizes.nodeWidth, y }];
      return index === ids.length - 1
        ? [{ x, y }]
        : [
            { x, y },
            { x: x + sizes.nodeWidth, y },
          ];
    });
    return { from, to, points };
  });
  return {
    width: Math.max(0, grid.layers.length * pitchX - sizes.gapX),
    height: Math.max(0, tallest * pitchY - sizes.gapY),
    nodes: placed.map((cell) => ({ name: cell.name, layer: cell.layer, x: cell.layer * pitchX, y: top(cell) })),
    edges,
  };
}

// A smooth line through an edge's points, as an SVG path.
export function edgePath(points: readonly { x: number; y: number }[]): string {
  const first = points[0];
  if (!first) return '';
  let path = `M${first.x} ${first.y}`;
  for (let i = 1; i < points.length; ++i) {
    const a = points[i - 1]!;
    const b = points[i]!;
    const half = (a.x + b.x) / 2;
    path += a.y === b.y ? `L${b.x} ${b.y}` : `C${half} ${a.y} ${half} ${b.y} ${b.x} ${b.y}`;
  }
  return path;
}

// All jobs that `name` stands on, or that stand on it, itself included.
export function related(nodes: readonly GraphNode[], name: string): Set<string> {
  const needs = new Map(nodes.map((node) => [node.name, node.needs]));
  const usedBy = new Map<string, string[]>();
  for (const node of nodes) for (const need of node.needs) usedBy.set(need, [...(usedBy.get(need) ?? []), node.name]);
  const found = new Set<string>([name]);
  const walk = (next: (at: string) => readonly string[]): void => {
    const stack = [name];
    const seen = new Set(stack);
    while (stack.length > 0) {
      for (const other of next(stack.pop()!)) {
        if (seen.has(other) || !needs.has(other)) continue;
        seen.add(other);
        found.add(other);
        stack.push(other);
      }
    }
  };
  walk((at) => needs.get(at) ?? []);
  walk((at) => usedBy.get(at) ?? []);
  return found;
}
