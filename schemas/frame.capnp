@0xb1f0c2a4d7e90004;
# The envelopes: one frame is one message, in Cap'n Proto's stream format, unpacked. protocolVersion is the sender's; a receiver refuses
# one above its own, and says both. The coordinator has one socket, so agents' messages and clients' requests share an envelope.
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("farm::schema");
using Agent = import "agent.capnp";
using Client = import "client.capnp";

struct ToCoordinator {
  protocolVersion @0 :UInt32;
  union {
    heartbeat @1 :Agent.AgentHeartbeat;
    report @2 :Agent.JobReport;
    log @3 :Agent.LogChunk;
    client @4 :Client.ClientRequest;
    cachePruned @5 :Agent.CachePruned;
  }
}

struct ToAgent {
  protocolVersion @0 :UInt32;
  union {
    start @1 :Agent.StartJob;
    cancel @2 :Agent.CancelJob;
    ack @3 :Agent.AckReport;
    heartbeatAnswer @4 :Agent.HeartbeatAnswer;
    pruneCache @5 :Agent.PruneCache;
  }
}

struct ToClient {
  protocolVersion @0 :UInt32;
  answer @1 :Client.ClientAnswer;
}
