// Build machines: load, room, what they do and what they hold.
import type { JSX } from 'preact';
import { bytes, count, duration } from '../core/format';
import { jobLink } from '../core/route';
import type { Agent } from '../core/types';
import { agents as known, farmLink } from '../live/feeds';
import { useNow } from '../live/hooks';
import { useStore } from '../live/store';
import { DrainAgent } from '../parts/actions';
import { Ago, Badge, Empty, Meter, Pending } from '../parts/small';

const used = (free: number, total: number): number => (total > 0 ? 1 - free / total : 0);
const room = (free: number, total: number): string => (total > 0 ? `${bytes(free)} free of ${bytes(total)}` : `${bytes(free)} free`);

function Slots({ agent }: { agent: Agent }): JSX.Element {
  return <Meter label="Slots" part={agent.slots > 0 ? agent.busy / agent.slots : 0} text={`${agent.busy} of ${agent.slots} busy`} />;
}

function Work({ agent, now }: { agent: Agent; now: number }): JSX.Element {
  if (agent.assignments.length === 0) return <p class="muted">Runs nothing.</p>;
  return (
    <ul class="work">
      {agent.assignments.map((one) => (
        <li key={`${one.build}/${one.job}`}>
          <a href={jobLink(one.build, one.job)}>{one.job}</a>{' '}
          <span class="muted">
            build {one.build}, {duration(now - one.assignedMs)}
          </span>
          {one.phase !== '' && <div class="muted cut">{one.phase}</div>}
        </li>
      ))}
    </ul>
  );
}

function Holds({ agent }: { agent: Agent }): JSX.Element | null {
  if (agent.holdsTotal === 0) return null;
  const more = agent.holdsTotal - agent.holds.length;
  return (
    <details>
      <summary>Holds {count(agent.holdsTotal, 'result')}</summary>
      <ul class="holds">
        {agent.holds.map((held) => (
          <li key={held.key}>
            {held.name}{' '}
            <span class="muted">
              {held.project}
              {held.bytes > 0 && `, ${bytes(held.bytes)}`}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="muted">and {more} more</p>}
    </details>
  );
}

function Card({ agent, now }: { agent: Agent; now: number }): JSX.Element {
  return (
    <li class="card" data-row>
      <div class="title-line">
        <h2 tabIndex={-1}>{agent.name}</h2>
        <Badge state={agent.state} />
      </div>
      <p class="muted">
        {agent.platform}
        {agent.labels.length > 0 && ` · ${agent.labels.join(', ')}`} · heard <Ago ms={agent.heardMs} />
      </p>
      <Slots agent={agent} />
      <Meter label="Load" part={agent.load} text={`${agent.load.toFixed(2)} per core`} warn={agent.load > 1.5} />
      <Meter
        label="Memory"
        part={used(agent.memoryFree, agent.memoryTotal)}
        text={room(agent.memoryFree, agent.memoryTotal)}
        warn={used(agent.memoryFree, agent.memoryTotal) > 0.9}
      />
      <Meter
        label="Disk"
        part={used(agent.diskFree, agent.diskTotal)}
        text={room(agent.diskFree, agent.diskTotal)}
        warn={used(agent.diskFree, agent.diskTotal) > 0.9}
      />
      <p class="muted">
        Caches: BuildKit {bytes(agent.buildkitBytes)}, slices {bytes(agent.sliceCacheBytes)}
      </p>
      <Work agent={agent} now={now} />
      <Holds agent={agent} />
      <DrainAgent agent={agent} />
      <p class="muted">
        farm {agent.version}, BuildKit {agent.buildkit}
      </p>
    </li>
  );
}

export function Agents(): JSX.Element {
  const agents = useStore(known);
  const link = useStore(farmLink.state);
  const busy = agents?.some((agent) => agent.assignments.length > 0) ?? false;
  const now = useNow(busy ? 1000 : 0);
  return (
    <>
      <div class="title-line">
        <h1 tabIndex={-1}>Agents</h1>
        {agents && <span class="muted">{count(agents.length, 'agent')}</span>}
      </div>
      {!agents && <Pending state={link} what="the agents" retry={farmLink.retryNow} />}
      {agents?.length === 0 && (
        <Empty>
          <p>No agent is connected, so nothing can be built.</p>
          <p>
            On one machine: <code>farmctl local up --agents 2</code>. On others: <code>farm-agent --config agent.yaml</code>
          </p>
        </Empty>
      )}
      {agents && agents.length > 0 && (
        <ul class="cards">
          {agents.map((agent) => (
            <Card key={agent.name} agent={agent} now={now} />
          ))}
        </ul>
      )}
    </>
  );
}
