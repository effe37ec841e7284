import { Chip } from '../../components/chip.tsx';
import { Icon } from '../../components/icon.tsx';
import { Time } from '../../components/time.tsx';
import { formatCount } from '../../format.ts';
import { strings } from '../../strings.ts';
import type { Node, Overview } from './overview.ts';

const texts = strings.now;

/** The processes that answer for the store, and how they are. */
export function NodeList({ nodes }: { nodes: NonNullable<Overview['nodes']> }) {
  return (
    <section class="now-panel" aria-labelledby="now-nodes">
      <h2 id="now-nodes">{texts.nodes}</h2>
      {nodes.warnings.map((warning) => (
        <p key={warning} class="now-warning">
          <Icon name="warning" /> {warning}
        </p>
      ))}
      <ul class="now-nodes">
        {nodes.nodes.map((node) => (
          <NodeRow key={node.name} node={node} isHere={node.name === nodes.node} />
        ))}
      </ul>
    </section>
  );
}

function NodeRow({ node, isHere }: { node: Node; isHere: boolean }) {
  const { name, version, startedAt, behind, lastContactAt, isSilent } = node;
  return (
    <li>
      <span class="now-node-name">
        {name} {isHere ? <span class="quiet">({texts.nodeHere})</span> : null}
      </span>
      {isSilent ? (
        <Chip tone="warning">{texts.nodeSilent}</Chip>
      ) : behind > 0 ? (
        <Chip title={texts.nodeBehind(formatCount(behind))}>{texts.nodeBehind(formatCount(behind))}</Chip>
      ) : (
        <Chip tone="good">{texts.nodeGood}</Chip>
      )}
      <span class="quiet now-node-facts">
        {texts.nodeVersion} {version} · {texts.nodeSince} <Time at={startedAt} relative /> ·{' '}
        {texts.nodeContact} <Time at={lastContactAt} relative />
      </span>
    </li>
  );
}
