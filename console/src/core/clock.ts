// The farm's clock and the browser's may differ; what grows live is drawn by the farm's.

// Farm's time minus the browser's. Differences under half a second are the network's: 0.
export function clockOffset(farmNowMs: number, receivedMs: number): number {
  if (!(farmNowMs > 0)) return 0;
  const difference = farmNowMs - receivedMs;
  return Math.abs(difference) < 500 ? 0 : Math.round(difference);
}
