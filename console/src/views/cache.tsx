// What the farm remembers, and how often it helped.
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { bytes, count, duration, percent, shortDigest } from '../core/format';
import type { Cache as CacheValue, CacheKind } from '../core/types';
import { followCache } from '../live/feeds';
import { useLink } from '../live/hooks';
import type { Link } from '../live/link';
import { useStore } from '../live/store';
import { Ago, Empty, Pending } from '../parts/small';

function Kind({ kind }: { kind: CacheKind }): JSX.Element {
  const asked = kind.hits + kind.misses;
  const causes = Object.entries(kind.causes)
    .filter(([, times]) => times > 0)
    .sort((a, b) => b[1] - a[1]);
  return (
    <tr>
      <th scope="row">{kind.kind}</th>
      <td class="num">{kind.results}</td>
      <td class="num wide">{bytes(kind.bytes)}</td>
      <td class="num">{kind.hits}</td>
      <td class="num">{kind.misses}</td>
      <td class="rate">
        <span class="meter" aria-hidden="true">
          <span style={{ width: percent(kind.hits, asked).replace(' ', '').replace('-', '0') }} />
        </span>
        {percent(kind.hits, asked)}
      </td>
      <td class="wide">
        {causes.map(([cause, times]) => (
          <span key={cause} class="chip">
            {cause} {times}
          </span>
        ))}
      </td>
    </tr>
  );
}

function Newest({ cache }: { cache: CacheValue }): JSX.Element {
  const [query, setQuery] = useState('');
  const wanted = query.trim().toLowerCase();
  const shown = cache.newest.filter((one) => wanted === '' || `${one.project} ${one.name} ${one.key}`.toLowerCase().includes(wanted));
  return (
    <section aria-labelledby="newest">
      <div class="title-line">
        <h2 id="newest">Newest results</h2>
        <form class="filter" role="search" aria-label="Results" onSubmit={(event) => event.preventDefault()}>
          <input
            type="search"
            data-search
            value={query}
            placeholder="Project, job or key"
            aria-label="Filter by project, job or key"
            autocomplete="off"
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </form>
      </div>
      {shown.length === 0 && (
        <Empty>
          <p>No result fits the filter.</p>
        </Empty>
      )}
      {shown.length > 0 && (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">Project</th>
              <th scope="col" class="wide">
                Key
              </th>
              <th scope="col" class="num wide">
                Size
              </th>
              <th scope="col" class="num">
                Saves
              </th>
              <th scope="col" class="wide">
                Made
              </th>
              <th scope="col">Used</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <tr key={one.key}>
                <td class="grow">{one.name}</td>
                <td>{one.project}</td>
                <td class="wide">
                  <span title={one.key}>{shortDigest(one.key)}</span>
                </td>
                <td class="num wide">{bytes(one.bytes)}</td>
                <td class="num">{duration(one.runMs)}</td>
                <td class="wide">
                  <Ago ms={one.createdMs} />
                </td>
                <td>
                  <Ago ms={one.usedMs} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

export function Cache({ onLink }: { onLink: (link: Link) => void }): JSX.Element {
  const feed = useMemo(() => followCache(), []);
  useLink(feed.link);
  useEffect(() => onLink(feed.link), [feed]);
  const cache = useStore(feed.cache);
  const state = useStore(feed.link.state);
  const any = cache !== undefined && (cache.newest.length > 0 || cache.kinds.some((kind) => kind.results + kind.hits + kind.misses > 0));
  return (
    <>
      <h1 tabIndex={-1}>Cache</h1>
      {!cache && <Pending state={state} what="the cache" retry={feed.link.retryNow} />}
      {cache && !any && (
        <Empty>
          <p>Nothing is remembered yet.</p>
          <p>
            The first <code>farmctl submit</code> of a project fills the cache.
          </p>
        </Empty>
      )}
      {cache && any && (
        <>
          <p class="muted">
            Of the last {count(cache.countedBuilds, 'build')}. {count(cache.sliceCount, 'slice')} of sources, {bytes(cache.sliceBytes)}.
            {!cache.complete && ' There are so many records that only a part was counted.'}
          </p>
          <section aria-labelledby="kinds">
            <h2 id="kinds">Results by kind</h2>
            <table class="list">
              <thead>
                <tr>
                  <th scope="col">Kind</th>
                  <th scope="col" class="num">
                    Results
                  </th>
                  <th scope="col" class="num wide">
                    Size
                  </th>
                  <th scope="col" class="num">
                    Hits
                  </th>
                  <th scope="col" class="num">
                    Misses
                  </th>
                  <th scope="col">Hit rate</th>
                  <th scope="col" class="wide">
                    Why missed
                  </th>
                </tr>
              </thead>
              <tbody>
                {cache.kinds.map((kind) => (
                  <Kind key={kind.kind} kind={kind} />
                ))}
              </tbody>
            </table>
          </section>
          <Newest cache={cache} />
        </>
      )}
    </>
  );
}
