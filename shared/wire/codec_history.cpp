// What is told about builds that were: their statuses, and why a job ran.
#include "shared/wire/codec_messages.hpp"

namespace farm::wire {

template <>
void write(schema::BuildHistory::Builder out, const protocol::BuildHistory& value) {
  out.setProject(text(value.project));
  write_all(out.initBuilds(count(value.builds.size())), value.builds);
  out.setNext(value.next.value);
}
template <>
void read(schema::BuildHistory::Reader in, protocol::BuildHistory& value) {
  value.project = from_text(in.getProject());
  read_all(in.getBuilds(), value.builds);
  value.next = {in.getNext()};
}

template <>
void write(schema::InputChange::Builder out, const InputChange& value) {
  out.setName(text(value.name));
  write_texts(out.initBefore(count(value.before.size())), value.before);
  write_texts(out.initAfter(count(value.after.size())), value.after);
}
template <>
void read(schema::InputChange::Reader in, InputChange& value) {
  value.name = from_text(in.getName());
  read_texts(in.getBefore(), value.before);
  read_texts(in.getAfter(), value.after);
}

template <>
void write(schema::LineChange::Builder out, const LineChange& value) {
  out.setLineBefore(value.line_before);
  out.setLineAfter(value.line_after);
  out.setBefore(text(value.before));
  out.setAfter(text(value.after));
}
template <>
void read(schema::LineChange::Reader in, LineChange& value) {
  value.line_before = in.getLineBefore();
  value.line_after = in.getLineAfter();
  value.before = from_text(in.getBefore());
  value.after = from_text(in.getAfter());
}

template <>
void write(schema::SliceChange::Builder out, const SliceChange& value) {
  out.setName(text(value.name));
  write_texts(out.initChanged(count(value.changed.size())), value.changed);
  write_texts(out.initAdded(count(value.added.size())), value.added);
  write_texts(out.initRemoved(count(value.removed.size())), value.removed);
  out.setLeftOff(value.left_off);
}
template <>
void read(schema::SliceChange::Reader in, SliceChange& value) {
  value.name = from_text(in.getName());
  read_texts(in.getChanged(), value.changed);
  read_texts(in.getAdded(), value.added);
  read_texts(in.getRemoved(), value.removed);
  value.left_off = in.getLeftOff();
}

template <>
void write(schema::AgentFit::Builder out, const AgentFit& value) {
  out.setAgent(text(value.agent));
  out.setReason(text(value.reason));
}
template <>
void read(schema::AgentFit::Reader in, AgentFit& value) {
  value.agent = from_text(in.getAgent());
  value.reason = from_text(in.getReason());
}

template <>
void write(schema::Explanation::Builder out, const Explanation& value) {
  out.setBuild(value.build.value);
  out.setProject(text(value.project));
  out.setBuildState(to_enum<schema::BuildState>(value.build_state));
  out.setCreatedMs(value.created_ms);
  write(out.initJob(), value.job);
  write_texts(out.initServices(count(value.services.size())), value.services);
  out.setLastBuild(value.last_build.value);
  out.setLastMs(value.last_ms);
  out.setLastKey(data(value.last_key));
  write_all(out.initChanges(count(value.changes.size())), value.changes);
  out.setChangesLeftOff(value.changes_left_off);
  write_all(out.initDockerfile(count(value.dockerfile.size())), value.dockerfile);
  write_all(out.initAgents(count(value.agents.size())), value.agents);
  write_all(out.initSlices(count(value.slices.size())), value.slices);
  write_all(out.initSteps(count(value.steps.size())), value.steps);
  out.setStepsLeftOff(value.steps_left_off);
}
template <>
void read(schema::Explanation::Reader in, Explanation& value) {
  value.build = {in.getBuild()};
  value.project = from_text(in.getProject());
  value.build_state = read_state(in.getBuildState());
  value.created_ms = in.getCreatedMs();
  read(in.getJob(), value.job);
  read_texts(in.getServices(), value.services);
  value.last_build = {in.getLastBuild()};
  value.last_ms = in.getLastMs();
  value.last_key = from_digest(in.getLastKey());
  read_all(in.getChanges(), value.changes);
  value.changes_left_off = in.getChangesLeftOff();
  read_all(in.getDockerfile(), value.dockerfile);
  read_all(in.getAgents(), value.agents);
  read_all(in.getSlices(), value.slices);
  read_all(in.getSteps(), value.steps);
  value.steps_left_off = in.getStepsLeftOff();
}

}  // namespace farm::wire
