// Round marks on a time axis.

const steps = [
  10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 14_400_000, 28_800_000, 86_400_000,
];

// Offsets in [0, span] for at most `most` marks (at least the 0).
export function ticks(span: number, most: number): number[] {
  const room = Math.max(1, Math.floor(most));
  const step = steps.find((candidate) => span / candidate <= room) ?? Math.ceil(span / room);
  const marks: number[] = [];
  for (let at = 0; at <= span && marks.length <= room; at += step) marks.push(at);
  return marks;
}
