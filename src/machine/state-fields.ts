/**
 * The fields of an encoded state, which come in this order. In the manner of the proto files:
 *
 *   message State {
 *     uint64 revision = 1;  uint64 floor = 2;
 *     uint64 open_round = 8;  string open_node_id = 9;
 *     uint32 feature_level = 30;  Settings settings = 31;   // above the first level
 *     uint64 configuration_slot = 32;  bytes configuration = 33;   // a Configuration, without its slot; none: the genesis rules
 *     repeated Version settled = 3;            // living keys that have not changed above the floor, in key order
 *     repeated KeyEvent key_events = 4;        // above the floor, in order of revision and key
 *     repeated Session sessions = 5;           // by id
 *     repeated bytes results = 19;             // remembered, each of the session before it
 *     repeated Acquisition acquisitions = 6;   // in the order of asking
 *     repeated Closure closures = 13;          // by lock name
 *     repeated Counter counters = 7;           // by name, those that are not 0
 *     repeated ObjectEvent object_events = 18; // in order of revision, and then of kind and of name or id
 *   }
 *   message KeyEvent { Version now = 1;  Version previous = 2; }   // previous: if it is at or below the floor
 *   message ObjectEvent { uint64 revision = 1;  conclave.v1.Event event = 2; }
 */
export const stateField = {
  revision: 1,
  floor: 2,
  settled: 3,
  keyEvent: 4,
  session: 5,
  acquisition: 6,
  counter: 7,
  openRound: 8,
  openNodeId: 9,
  closure: 13,
  objectEvent: 18,
  result: 19,
  featureLevel: 30,
  settings: 31,
  configurationSlot: 32,
  configuration: 33,
} as const;
