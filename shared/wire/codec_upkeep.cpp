// Answers of `farmctl du`, `prune` and `clean`.
#include "shared/wire/codec_messages.hpp"

namespace farm::wire {

using namespace protocol;  // NOLINT(google-build-using-namespace): this file is about nothing else

template <>
void write(schema::UsageGroup::Builder out, const UsageGroup& value) {
  out.setKind(text(value.kind));
  out.setProject(text(value.project));
  out.setItems(value.items);
  out.setBytes(value.bytes);
  out.setOldestMs(value.oldest_ms);
  out.setNewestMs(value.newest_ms);
}
template <>
void read(schema::UsageGroup::Reader in, UsageGroup& value) {
  value.kind = from_text(in.getKind());
  value.project = from_text(in.getProject());
  value.items = in.getItems();
  value.bytes = in.getBytes();
  value.oldest_ms = in.getOldestMs();
  value.newest_ms = in.getNewestMs();
}

template <>
void write(schema::UsageAgent::Builder out, const UsageAgent& value) {
  out.setName(text(value.name));
  out.setState(text(value.state));
  out.setSliceCacheBytes(value.slice_cache_bytes);
  out.setBuildkitBytes(value.buildkit_bytes);
  out.setPrunableBytes(value.prunable_bytes);
  out.setDiskFreeBytes(value.disk_free_bytes);
  out.setDiskTotalBytes(value.disk_total_bytes);
  out.setError(text(value.error));
}
template <>
void read(schema::UsageAgent::Reader in, UsageAgent& value) {
  value.name = from_text(in.getName());
  value.state = from_text(in.getState());
  value.slice_cache_bytes = in.getSliceCacheBytes();
  value.buildkit_bytes = in.getBuildkitBytes();
  value.prunable_bytes = in.getPrunableBytes();
  value.disk_free_bytes = in.getDiskFreeBytes();
  value.disk_total_bytes = in.getDiskTotalBytes();
  value.error = from_text(in.getError());
}

template <>
void write(schema::PrunedItem::Builder out, const PrunedItem& value) {
  out.setKind(text(value.kind));
  out.setProject(text(value.project));
  out.setName(text(value.name));
  out.setBytes(value.bytes);
  out.setUsedMs(value.used_ms);
}
template <>
void read(schema::PrunedItem::Reader in, PrunedItem& value) {
  value.kind = from_text(in.getKind());
  value.project = from_text(in.getProject());
  value.name = from_text(in.getName());
  value.bytes = in.getBytes();
  value.used_ms = in.getUsedMs();
}

template <>
void write(schema::PrunedAgent::Builder out, const PrunedAgent& value) {
  out.setName(text(value.name));
  out.setSliceBytes(value.slice_bytes);
  out.setBuildkitBytes(value.buildkit_bytes);
  out.setError(text(value.error));
}
template <>
void read(schema::PrunedAgent::Reader in, PrunedAgent& value) {
  value.name = from_text(in.getName());
  value.slice_bytes = in.getSliceBytes();
  value.buildkit_bytes = in.getBuildkitBytes();
  value.error = from_text(in.getError());
}

template <>
void write(schema::Usage::Builder out, const Usage& value) {
  write_all(out.initGroups(count(value.groups.size())), value.groups);
  write_all(out.initAgents(count(value.agents.size())), value.agents);
  out.setRegistryBytes(value.registry_bytes);
  out.setManifests(value.manifests);
  out.setPrunableBytes(value.prunable_bytes);
  out.setInUseBytes(value.in_use_bytes);
  write_texts(out.initNotes(count(value.notes.size())), value.notes);
}
template <>
void read(schema::Usage::Reader in, Usage& value) {
  read_all(in.getGroups(), value.groups);
  read_all(in.getAgents(), value.agents);
  value.registry_bytes = in.getRegistryBytes();
  value.manifests = in.getManifests();
  value.prunable_bytes = in.getPrunableBytes();
  value.in_use_bytes = in.getInUseBytes();
  read_texts(in.getNotes(), value.notes);
}

template <>
void write(schema::Pruned::Builder out, const Pruned& value) {
  out.setDryRun(value.dry_run);
  write_all(out.initGroups(count(value.groups.size())), value.groups);
  write_all(out.initItems(count(value.items.size())), value.items);
  out.setResults(value.results);
  out.setSlices(value.slices);
  out.setManifests(value.manifests);
  out.setRegistryBytes(value.registry_bytes);
  out.setRegistryBytesLeft(value.registry_bytes_left);
  out.setInUse(value.in_use);
  out.setShared(value.shared);
  write_all(out.initAgents(count(value.agents.size())), value.agents);
  write_texts(out.initNotes(count(value.notes.size())), value.notes);
}
template <>
void read(schema::Pruned::Reader in, Pruned& value) {
  value.dry_run = in.getDryRun();
  read_all(in.getGroups(), value.groups);
  read_all(in.getItems(), value.items);
  value.results = in.getResults();
  value.slices = in.getSlices();
  value.manifests = in.getManifests();
  value.registry_bytes = in.getRegistryBytes();
  value.registry_bytes_left = in.getRegistryBytesLeft();
  value.in_use = in.getInUse();
  value.shared = in.getShared();
  read_all(in.getAgents(), value.agents);
  read_texts(in.getNotes(), value.notes);
}

}  // namespace farm::wire
