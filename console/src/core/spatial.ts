// Arrow keys between things that lie in a plane: the nearest one in the direction, where straight ahead counts more than aside.

export interface Box {
  name: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

export const directions: Record<string, Direction> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

// How far two ranges lie apart; 0 where they overlap.
const gap = (a0: number, a1: number, b0: number, b1: number): number => Math.max(0, Math.max(a0, b0) - Math.min(a1, b1));

// '' where there is nothing in that direction.
export function nearest(boxes: readonly Box[], from: string, direction: Direction): string {
  const start = boxes.find((box) => box.name === from);
  if (!start) return boxes[0]?.name ?? '';
  const sideways = direction === 'left' || direction === 'right';
  const sign = direction === 'right' || direction === 'down' ? 1 : -1;
  let best = '';
  let bestCost = Number.POSITIVE_INFINITY;
  for (const box of boxes) {
    if (box.name === from) continue;
    const [at, to] = sideways ? [start.x, box.x] : [start.y, box.y];
    const ahead = (to - at) * sign;
    if (ahead <= 0) continue;
    const aside = sideways
      ? gap(start.y, start.y + start.height, box.y, box.y + box.height)
      : gap(start.x, start.x + start.width, box.x, box.x + box.width);
    const cost = ahead + aside * 3 + Math.abs(sideways ? box.y - start.y : box.x - start.x) * 0.01;
    if (cost < bestCost) [best, bestCost] = [box.name, cost];
  }
  return best;
}
