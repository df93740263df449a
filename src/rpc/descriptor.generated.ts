// Written by scripts/generate-descriptor.ts from proto/: run `npm run proto` after a change there.
import type { fromJSON } from '@grpc/proto-loader';

/** Every message and service of proto/, for `fromJSON` of @grpc/proto-loader. */
export const descriptor = {
  "nested": {
    "conclave": {
      "nested": {
        "v1": {
          "nested": {
            "Client": {
              "methods": {
                "Connect": {
                  "requestType": "ClientFrame",
                  "requestStream": true,
                  "responseType": "ServerFrame",
                  "responseStream": true
                }
              }
            },
            "ClientFrame": {
              "fields": {
                "hello": {
                  "type": "Hello",
                  "id": 1
                },
                "operations": {
                  "rule": "repeated",
                  "type": "bytes",
                  "id": 2
                },
                "keepAlives": {
                  "rule": "repeated",
                  "type": "KeepAlive",
                  "id": 3
                },
                "watchCreates": {
                  "rule": "repeated",
                  "type": "WatchCreate",
                  "id": 4
                },
                "watchCancels": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 5
                },
                "grantQueries": {
                  "rule": "repeated",
                  "type": "GrantQuery",
                  "id": 6
                }
              }
            },
            "ServerFrame": {
              "fields": {
                "welcome": {
                  "type": "Welcome",
                  "id": 1
                },
                "results": {
                  "rule": "repeated",
                  "type": "bytes",
                  "id": 2
                },
                "keepAlives": {
                  "rule": "repeated",
                  "type": "KeepAliveAnswer",
                  "id": 3
                },
                "watchNotices": {
                  "rule": "repeated",
                  "type": "bytes",
                  "id": 4
                },
                "grants": {
                  "rule": "repeated",
                  "type": "Grant",
                  "id": 5
                },
                "leader": {
                  "type": "LeaderHint",
                  "id": 6
                },
                "goodbye": {
                  "type": "Error",
                  "id": 7
                }
              }
            },
            "Hello": {
              "fields": {
                "protocol": {
                  "type": "uint32",
                  "id": 1
                },
                "clusterId": {
                  "type": "string",
                  "id": 2
                },
                "revision": {
                  "type": "uint64",
                  "id": 3
                },
                "client": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "Welcome": {
              "fields": {
                "protocol": {
                  "type": "uint32",
                  "id": 1
                },
                "clusterId": {
                  "type": "string",
                  "id": 2
                },
                "nodeId": {
                  "type": "string",
                  "id": 3
                },
                "leader": {
                  "type": "LeaderHint",
                  "id": 4
                },
                "revision": {
                  "type": "uint64",
                  "id": 5
                }
              }
            },
            "LeaderHint": {
              "fields": {
                "nodeId": {
                  "type": "string",
                  "id": 1
                },
                "address": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "KeepAlive": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "sessions": {
                  "rule": "repeated",
                  "type": "SessionRef",
                  "id": 2
                }
              }
            },
            "SessionRef": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                }
              }
            },
            "KeepAliveAnswer": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "alive": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 2
                },
                "ended": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "GrantQuery": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "sequence": {
                  "type": "uint64",
                  "id": 3
                },
                "name": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "Grant": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                },
                "state": {
                  "type": "State",
                  "id": 3
                },
                "token": {
                  "type": "uint64",
                  "id": 4
                },
                "revision": {
                  "type": "uint64",
                  "id": 5
                }
              },
              "nested": {
                "State": {
                  "values": {
                    "QUEUED": 0,
                    "HELD": 1,
                    "GONE": 2,
                    "ENDED": 3
                  }
                }
              }
            },
            "KeyRange": {
              "fields": {
                "from": {
                  "type": "bytes",
                  "id": 1
                },
                "to": {
                  "type": "bytes",
                  "id": 2
                },
                "unbounded": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "WatchCreate": {
              "fields": {
                "watchId": {
                  "type": "uint64",
                  "id": 1
                },
                "range": {
                  "type": "KeyRange",
                  "id": 2
                },
                "fromRevision": {
                  "type": "uint64",
                  "id": 3
                },
                "seenRevision": {
                  "type": "uint64",
                  "id": 4
                },
                "kind": {
                  "type": "Kind",
                  "id": 5
                },
                "events": {
                  "type": "Events",
                  "id": 6
                },
                "keysOnly": {
                  "type": "bool",
                  "id": 7
                },
                "withoutPrevious": {
                  "type": "bool",
                  "id": 8
                }
              },
              "nested": {
                "Kind": {
                  "values": {
                    "KEYS": 0,
                    "LOCKS": 1,
                    "COUNTERS": 2,
                    "SESSIONS": 3
                  }
                },
                "Events": {
                  "values": {
                    "ALL": 0,
                    "PUT": 1,
                    "DELETE": 2
                  }
                }
              }
            },
            "WatchNotice": {
              "oneofs": {
                "notice": {
                  "oneof": [
                    "created",
                    "batch",
                    "progress",
                    "ended"
                  ]
                }
              },
              "fields": {
                "watchIds": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 1
                },
                "created": {
                  "type": "WatchCreated",
                  "id": 2
                },
                "batch": {
                  "type": "WatchBatch",
                  "id": 3
                },
                "progress": {
                  "type": "WatchProgress",
                  "id": 4
                },
                "ended": {
                  "type": "WatchEnded",
                  "id": 5
                }
              }
            },
            "WatchCreated": {
              "fields": {
                "startRevision": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "WatchBatch": {
              "fields": {
                "revision": {
                  "type": "uint64",
                  "id": 1
                },
                "events": {
                  "rule": "repeated",
                  "type": "Event",
                  "id": 2
                },
                "partial": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "WatchProgress": {
              "fields": {
                "revision": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "WatchEnded": {
              "fields": {
                "error": {
                  "type": "Error",
                  "id": 1
                }
              }
            },
            "Event": {
              "fields": {
                "type": {
                  "type": "Type",
                  "id": 1
                },
                "key": {
                  "type": "bytes",
                  "id": 2
                },
                "entry": {
                  "type": "Entry",
                  "id": 3
                },
                "previous": {
                  "type": "Entry",
                  "id": 4
                },
                "lock": {
                  "type": "LockEvent",
                  "id": 5
                },
                "counter": {
                  "type": "CounterEvent",
                  "id": 6
                },
                "session": {
                  "type": "SessionEvent",
                  "id": 7
                }
              },
              "nested": {
                "Type": {
                  "values": {
                    "PUT": 0,
                    "DELETE": 1
                  }
                }
              }
            },
            "LockEvent": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "state": {
                  "type": "LockDetails",
                  "id": 2
                }
              }
            },
            "CounterEvent": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "int64",
                  "id": 2
                },
                "previous": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "SessionEvent": {
              "fields": {
                "change": {
                  "type": "Change",
                  "id": 1
                },
                "sessionId": {
                  "type": "uint64",
                  "id": 2
                },
                "name": {
                  "type": "string",
                  "id": 3
                },
                "ttlMs": {
                  "type": "uint64",
                  "id": 4
                }
              },
              "nested": {
                "Change": {
                  "values": {
                    "OPENED": 0,
                    "CLOSED": 1,
                    "EXPIRED": 2
                  }
                }
              }
            },
            "Entry": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2
                },
                "createRevision": {
                  "type": "uint64",
                  "id": 3
                },
                "modRevision": {
                  "type": "uint64",
                  "id": 4
                },
                "version": {
                  "type": "uint64",
                  "id": 5
                },
                "sessionId": {
                  "type": "uint64",
                  "id": 6
                }
              }
            },
            "Operation": {
              "oneofs": {
                "body": {
                  "oneof": [
                    "openSession",
                    "closeSession",
                    "put",
                    "delete",
                    "transaction",
                    "lockAcquire",
                    "lockCancel",
                    "lockRelease",
                    "counterAdd",
                    "counterCompareAndSet",
                    "createSequential",
                    "compactHistory",
                    "lockForceRelease",
                    "lockSetNote",
                    "closeOtherSession",
                    "resumeSession",
                    "get",
                    "range",
                    "counterGet",
                    "lockGet",
                    "count",
                    "lockInspect",
                    "sessionList",
                    "sessionGet",
                    "expireSession",
                    "compact",
                    "openBallot",
                    "endLockDelay",
                    "changeSettings",
                    "raiseFeatureLevel"
                  ]
                }
              },
              "fields": {
                "requestId": {
                  "type": "uint64",
                  "id": 1
                },
                "command": {
                  "type": "CommandId",
                  "id": 2
                },
                "seenRevision": {
                  "type": "uint64",
                  "id": 3
                },
                "openSession": {
                  "type": "OpenSession",
                  "id": 10
                },
                "closeSession": {
                  "type": "CloseSession",
                  "id": 11
                },
                "put": {
                  "type": "Put",
                  "id": 12
                },
                "delete": {
                  "type": "Delete",
                  "id": 13
                },
                "transaction": {
                  "type": "Transaction",
                  "id": 14
                },
                "lockAcquire": {
                  "type": "LockAcquire",
                  "id": 15
                },
                "lockCancel": {
                  "type": "LockCancel",
                  "id": 16
                },
                "lockRelease": {
                  "type": "LockRelease",
                  "id": 17
                },
                "counterAdd": {
                  "type": "CounterAdd",
                  "id": 18
                },
                "counterCompareAndSet": {
                  "type": "CounterCompareAndSet",
                  "id": 19
                },
                "createSequential": {
                  "type": "CreateSequential",
                  "id": 20
                },
                "compactHistory": {
                  "type": "CompactHistory",
                  "id": 21
                },
                "lockForceRelease": {
                  "type": "LockForceRelease",
                  "id": 23
                },
                "lockSetNote": {
                  "type": "LockSetNote",
                  "id": 24
                },
                "closeOtherSession": {
                  "type": "CloseOtherSession",
                  "id": 26
                },
                "resumeSession": {
                  "type": "ResumeSession",
                  "id": 27
                },
                "get": {
                  "type": "Get",
                  "id": 30
                },
                "range": {
                  "type": "Range",
                  "id": 31
                },
                "counterGet": {
                  "type": "CounterGet",
                  "id": 32
                },
                "lockGet": {
                  "type": "LockGet",
                  "id": 33
                },
                "count": {
                  "type": "Count",
                  "id": 34
                },
                "lockInspect": {
                  "type": "LockInspect",
                  "id": 35
                },
                "sessionList": {
                  "type": "SessionList",
                  "id": 37
                },
                "sessionGet": {
                  "type": "SessionGet",
                  "id": 38
                },
                "expireSession": {
                  "type": "ExpireSession",
                  "id": 50
                },
                "compact": {
                  "type": "Compact",
                  "id": 51
                },
                "openBallot": {
                  "type": "OpenBallot",
                  "id": 52
                },
                "endLockDelay": {
                  "type": "EndLockDelay",
                  "id": 53
                },
                "changeSettings": {
                  "type": "ChangeSettings",
                  "id": 60
                },
                "raiseFeatureLevel": {
                  "type": "RaiseFeatureLevel",
                  "id": 61
                }
              }
            },
            "CommandId": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "sequence": {
                  "type": "uint64",
                  "id": 3
                },
                "acknowledged": {
                  "type": "uint64",
                  "id": 4
                }
              }
            },
            "OpenSession": {
              "fields": {
                "ttlMs": {
                  "type": "uint64",
                  "id": 1
                },
                "name": {
                  "type": "string",
                  "id": 2
                },
                "nonce": {
                  "type": "fixed64",
                  "id": 3
                },
                "secret": {
                  "type": "bytes",
                  "id": 4
                },
                "metadata": {
                  "rule": "repeated",
                  "type": "SessionMetadata",
                  "id": 5
                }
              }
            },
            "SessionMetadata": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "CloseSession": {
              "fields": {}
            },
            "CloseOtherSession": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "ResumeSession": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "secret": {
                  "type": "bytes",
                  "id": 3
                },
                "nonce": {
                  "type": "fixed64",
                  "id": 4
                }
              }
            },
            "Put": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2
                },
                "ephemeral": {
                  "type": "bool",
                  "id": 3
                },
                "ifAbsent": {
                  "type": "bool",
                  "id": 4
                },
                "ifModRevision": {
                  "type": "uint64",
                  "id": 5
                },
                "previous": {
                  "type": "bool",
                  "id": 6
                }
              }
            },
            "Delete": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "ifModRevision": {
                  "type": "uint64",
                  "id": 2
                },
                "previous": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "CreateSequential": {
              "fields": {
                "prefix": {
                  "type": "bytes",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2
                },
                "ephemeral": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "CompactHistory": {
              "fields": {
                "revision": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "Transaction": {
              "fields": {
                "if": {
                  "rule": "repeated",
                  "type": "Condition",
                  "id": 1
                },
                "then": {
                  "rule": "repeated",
                  "type": "TransactionOperation",
                  "id": 2
                },
                "else": {
                  "rule": "repeated",
                  "type": "TransactionOperation",
                  "id": 3
                }
              }
            },
            "Condition": {
              "oneofs": {
                "condition": {
                  "oneof": [
                    "exists",
                    "absent",
                    "valueIs",
                    "modRevisionIs",
                    "lockHeld",
                    "keyCompare",
                    "valueCompare",
                    "ownedBy",
                    "counterCompare"
                  ]
                }
              },
              "fields": {
                "exists": {
                  "type": "bytes",
                  "id": 1
                },
                "absent": {
                  "type": "bytes",
                  "id": 2
                },
                "valueIs": {
                  "type": "ValueIs",
                  "id": 3
                },
                "modRevisionIs": {
                  "type": "ModRevisionIs",
                  "id": 4
                },
                "lockHeld": {
                  "type": "LockHeld",
                  "id": 5
                },
                "keyCompare": {
                  "type": "KeyCompare",
                  "id": 6
                },
                "valueCompare": {
                  "type": "ValueCompare",
                  "id": 7
                },
                "ownedBy": {
                  "type": "OwnedBy",
                  "id": 8
                },
                "counterCompare": {
                  "type": "CounterCompare",
                  "id": 9
                }
              }
            },
            "Comparison": {
              "values": {
                "EQUAL": 0,
                "UNEQUAL": 1,
                "LESS": 2,
                "GREATER": 3
              }
            },
            "KeyCompare": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "field": {
                  "type": "Field",
                  "id": 2
                },
                "comparison": {
                  "type": "Comparison",
                  "id": 3
                },
                "number": {
                  "type": "uint64",
                  "id": 4
                }
              },
              "nested": {
                "Field": {
                  "values": {
                    "VERSION": 0,
                    "CREATED": 1,
                    "MODIFIED": 2
                  }
                }
              }
            },
            "ValueCompare": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "comparison": {
                  "type": "Comparison",
                  "id": 2
                },
                "value": {
                  "type": "bytes",
                  "id": 3
                }
              }
            },
            "OwnedBy": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "sessionId": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "CounterCompare": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "comparison": {
                  "type": "Comparison",
                  "id": 2
                },
                "value": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "ValueIs": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "ModRevisionIs": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "modRevision": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "LockHeld": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "token": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "TransactionOperation": {
              "oneofs": {
                "operation": {
                  "oneof": [
                    "put",
                    "get",
                    "delete",
                    "transaction"
                  ]
                }
              },
              "fields": {
                "put": {
                  "type": "Put",
                  "id": 1
                },
                "get": {
                  "type": "Get",
                  "id": 2
                },
                "delete": {
                  "type": "Delete",
                  "id": 3
                },
                "transaction": {
                  "type": "Transaction",
                  "id": 4
                }
              }
            },
            "LockAcquire": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "wait": {
                  "type": "bool",
                  "id": 2
                },
                "terms": {
                  "type": "LockTerms",
                  "id": 3
                }
              }
            },
            "LockTerms": {
              "fields": {
                "mode": {
                  "type": "Mode",
                  "id": 1
                },
                "permits": {
                  "type": "uint32",
                  "id": 2
                },
                "otherNames": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 3
                },
                "delayMs": {
                  "type": "uint64",
                  "id": 4
                },
                "note": {
                  "type": "bytes",
                  "id": 5
                }
              },
              "nested": {
                "Mode": {
                  "values": {
                    "EXCLUSIVE": 0,
                    "SHARED": 1,
                    "PERMIT": 2
                  }
                }
              }
            },
            "LockCancel": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "LockRelease": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "LockForceRelease": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "token": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "LockSetNote": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                },
                "note": {
                  "type": "bytes",
                  "id": 3
                }
              }
            },
            "CounterAdd": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "count": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "CounterCompareAndSet": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "expected": {
                  "type": "int64",
                  "id": 2
                },
                "value": {
                  "type": "int64",
                  "id": 3
                }
              }
            },
            "Consistency": {
              "values": {
                "LINEARIZABLE": 0,
                "STALE": 1
              }
            },
            "Get": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                },
                "revision": {
                  "type": "uint64",
                  "id": 2
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 3
                }
              }
            },
            "Range": {
              "fields": {
                "range": {
                  "type": "KeyRange",
                  "id": 1
                },
                "revision": {
                  "type": "uint64",
                  "id": 2
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 3
                },
                "limit": {
                  "type": "uint32",
                  "id": 4
                },
                "order": {
                  "type": "Order",
                  "id": 5
                },
                "keysOnly": {
                  "type": "bool",
                  "id": 6
                }
              },
              "nested": {
                "Order": {
                  "values": {
                    "ASCENDING": 0,
                    "DESCENDING": 1
                  }
                }
              }
            },
            "Count": {
              "fields": {
                "range": {
                  "type": "KeyRange",
                  "id": 1
                },
                "revision": {
                  "type": "uint64",
                  "id": 2
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 3
                }
              }
            },
            "CounterGet": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 2
                }
              }
            },
            "LockGet": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 2
                }
              }
            },
            "LockInspect": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 2
                },
                "limit": {
                  "type": "uint32",
                  "id": 3
                }
              }
            },
            "SessionList": {
              "fields": {
                "after": {
                  "type": "uint64",
                  "id": 1
                },
                "limit": {
                  "type": "uint32",
                  "id": 2
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 3
                }
              }
            },
            "SessionGet": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "consistency": {
                  "type": "Consistency",
                  "id": 2
                }
              }
            },
            "ExpireSession": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "round": {
                  "type": "uint64",
                  "id": 3
                },
                "nodeId": {
                  "type": "string",
                  "id": 4
                }
              }
            },
            "OpenBallot": {
              "fields": {
                "round": {
                  "type": "uint64",
                  "id": 1
                },
                "nodeId": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "EndLockDelay": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "sinceRevision": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "ChangeSettings": {
              "fields": {
                "version": {
                  "type": "uint64",
                  "id": 1
                },
                "quotaBytes": {
                  "type": "uint64",
                  "id": 2
                },
                "historyRevisions": {
                  "type": "uint64",
                  "id": 3
                },
                "historyBytes": {
                  "type": "uint64",
                  "id": 4
                }
              }
            },
            "RaiseFeatureLevel": {
              "fields": {
                "level": {
                  "type": "uint32",
                  "id": 1
                }
              }
            },
            "Compact": {
              "fields": {
                "revision": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "Result": {
              "oneofs": {
                "body": {
                  "oneof": [
                    "error",
                    "sessionOpened",
                    "sessionClosed",
                    "put",
                    "delete",
                    "transaction",
                    "lock",
                    "lockCancelled",
                    "lockReleased",
                    "counterBlock",
                    "counterSwapped",
                    "createSequential",
                    "compactHistory",
                    "lockForceReleased",
                    "lockNoted",
                    "otherSessionClosed",
                    "sessionResumed",
                    "get",
                    "range",
                    "counterValue",
                    "lockState",
                    "count",
                    "lockDetails",
                    "sessionList",
                    "sessionState"
                  ]
                }
              },
              "fields": {
                "requestId": {
                  "type": "uint64",
                  "id": 1
                },
                "revision": {
                  "type": "uint64",
                  "id": 2
                },
                "error": {
                  "type": "Error",
                  "id": 3
                },
                "sessionOpened": {
                  "type": "SessionOpened",
                  "id": 10
                },
                "sessionClosed": {
                  "type": "SessionClosed",
                  "id": 11
                },
                "put": {
                  "type": "PutDone",
                  "id": 12
                },
                "delete": {
                  "type": "DeleteDone",
                  "id": 13
                },
                "transaction": {
                  "type": "TransactionDone",
                  "id": 14
                },
                "lock": {
                  "type": "LockAnswer",
                  "id": 15
                },
                "lockCancelled": {
                  "type": "LockCancelled",
                  "id": 16
                },
                "lockReleased": {
                  "type": "LockReleased",
                  "id": 17
                },
                "counterBlock": {
                  "type": "CounterBlock",
                  "id": 18
                },
                "counterSwapped": {
                  "type": "CounterSwapped",
                  "id": 19
                },
                "createSequential": {
                  "type": "SequentialCreated",
                  "id": 20
                },
                "compactHistory": {
                  "type": "HistoryCompacted",
                  "id": 21
                },
                "lockForceReleased": {
                  "type": "LockForceReleased",
                  "id": 23
                },
                "lockNoted": {
                  "type": "LockNoted",
                  "id": 24
                },
                "otherSessionClosed": {
                  "type": "OtherSessionClosed",
                  "id": 26
                },
                "sessionResumed": {
                  "type": "SessionResumed",
                  "id": 27
                },
                "get": {
                  "type": "GetDone",
                  "id": 30
                },
                "range": {
                  "type": "RangeDone",
                  "id": 31
                },
                "counterValue": {
                  "type": "CounterValue",
                  "id": 32
                },
                "lockState": {
                  "type": "LockState",
                  "id": 33
                },
                "count": {
                  "type": "CountDone",
                  "id": 34
                },
                "lockDetails": {
                  "type": "LockDetails",
                  "id": 35
                },
                "sessionList": {
                  "type": "SessionListDone",
                  "id": 37
                },
                "sessionState": {
                  "type": "SessionState",
                  "id": 38
                }
              }
            },
            "Error": {
              "fields": {
                "code": {
                  "type": "string",
                  "id": 1
                },
                "message": {
                  "type": "string",
                  "id": 2
                },
                "oldestRevision": {
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "SessionOpened": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "ttlMs": {
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "SessionResumed": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "ttlMs": {
                  "type": "uint64",
                  "id": 3
                },
                "lastSequence": {
                  "type": "uint64",
                  "id": 4
                },
                "locks": {
                  "rule": "repeated",
                  "type": "SessionLock",
                  "id": 5
                },
                "moreLocks": {
                  "type": "bool",
                  "id": 6
                }
              }
            },
            "SessionClosed": {
              "fields": {}
            },
            "OtherSessionClosed": {
              "fields": {
                "closed": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "SessionLock": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                },
                "token": {
                  "type": "uint64",
                  "id": 3
                },
                "mode": {
                  "type": "LockTerms.Mode",
                  "id": 4
                },
                "otherNames": {
                  "rule": "repeated",
                  "type": "string",
                  "id": 5
                },
                "permits": {
                  "type": "uint64",
                  "id": 6
                }
              }
            },
            "SessionInfo": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "generation": {
                  "type": "uint32",
                  "id": 2
                },
                "ttlMs": {
                  "type": "uint64",
                  "id": 3
                },
                "name": {
                  "type": "string",
                  "id": 4
                },
                "metadata": {
                  "rule": "repeated",
                  "type": "SessionMetadata",
                  "id": 5
                },
                "ephemeralKeys": {
                  "type": "uint32",
                  "id": 6
                },
                "held": {
                  "rule": "repeated",
                  "type": "SessionLock",
                  "id": 7
                },
                "waiting": {
                  "rule": "repeated",
                  "type": "SessionLock",
                  "id": 8
                },
                "moreLocks": {
                  "type": "bool",
                  "id": 9
                }
              }
            },
            "SessionListDone": {
              "fields": {
                "sessions": {
                  "rule": "repeated",
                  "type": "SessionInfo",
                  "id": 1
                },
                "more": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "SessionState": {
              "fields": {
                "session": {
                  "type": "SessionInfo",
                  "id": 1
                }
              }
            },
            "PutDone": {
              "fields": {
                "refused": {
                  "type": "bool",
                  "id": 2
                },
                "previous": {
                  "type": "Entry",
                  "id": 3
                }
              }
            },
            "DeleteDone": {
              "fields": {
                "deleted": {
                  "type": "bool",
                  "id": 1
                },
                "previous": {
                  "type": "Entry",
                  "id": 2
                }
              }
            },
            "SequentialCreated": {
              "fields": {
                "key": {
                  "type": "bytes",
                  "id": 1
                }
              }
            },
            "HistoryCompacted": {
              "fields": {
                "floor": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "TransactionDone": {
              "fields": {
                "succeeded": {
                  "type": "bool",
                  "id": 1
                },
                "results": {
                  "rule": "repeated",
                  "type": "TransactionOperationDone",
                  "id": 2
                }
              }
            },
            "TransactionOperationDone": {
              "oneofs": {
                "result": {
                  "oneof": [
                    "put",
                    "get",
                    "delete",
                    "transaction"
                  ]
                }
              },
              "fields": {
                "put": {
                  "type": "PutDone",
                  "id": 1
                },
                "get": {
                  "type": "GetDone",
                  "id": 2
                },
                "delete": {
                  "type": "DeleteDone",
                  "id": 3
                },
                "transaction": {
                  "type": "TransactionDone",
                  "id": 4
                }
              }
            },
            "LockAnswer": {
              "fields": {
                "state": {
                  "type": "State",
                  "id": 1
                },
                "token": {
                  "type": "uint64",
                  "id": 2
                }
              },
              "nested": {
                "State": {
                  "values": {
                    "QUEUED": 0,
                    "HELD": 1,
                    "REFUSED": 2
                  }
                }
              }
            },
            "LockCancelled": {
              "fields": {
                "state": {
                  "type": "State",
                  "id": 1
                }
              },
              "nested": {
                "State": {
                  "values": {
                    "ABSENT": 0,
                    "WITHDRAWN": 1,
                    "RELEASED": 2
                  }
                }
              }
            },
            "LockReleased": {
              "fields": {
                "released": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "LockForceReleased": {
              "fields": {
                "released": {
                  "type": "uint32",
                  "id": 1
                }
              }
            },
            "LockNoted": {
              "fields": {
                "noted": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "CounterBlock": {
              "fields": {
                "first": {
                  "type": "int64",
                  "id": 1
                },
                "last": {
                  "type": "int64",
                  "id": 2
                }
              }
            },
            "CounterSwapped": {
              "fields": {
                "swapped": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "GetDone": {
              "fields": {
                "entry": {
                  "type": "Entry",
                  "id": 1
                }
              }
            },
            "RangeDone": {
              "fields": {
                "entries": {
                  "rule": "repeated",
                  "type": "Entry",
                  "id": 1
                },
                "more": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "CountDone": {
              "fields": {
                "count": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "CounterValue": {
              "fields": {
                "value": {
                  "type": "int64",
                  "id": 1
                }
              }
            },
            "LockState": {
              "fields": {
                "holder": {
                  "type": "LockHolder",
                  "id": 1
                },
                "waiters": {
                  "type": "uint32",
                  "id": 2
                },
                "holders": {
                  "type": "uint32",
                  "id": 3
                },
                "closed": {
                  "type": "bool",
                  "id": 4
                }
              }
            },
            "LockHolder": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                },
                "token": {
                  "type": "uint64",
                  "id": 3
                },
                "mode": {
                  "type": "LockTerms.Mode",
                  "id": 4
                }
              }
            },
            "LockDetails": {
              "fields": {
                "holders": {
                  "rule": "repeated",
                  "type": "LockParty",
                  "id": 1
                },
                "waiters": {
                  "rule": "repeated",
                  "type": "LockParty",
                  "id": 2
                },
                "holderCount": {
                  "type": "uint32",
                  "id": 3
                },
                "waiterCount": {
                  "type": "uint32",
                  "id": 4
                },
                "closedSince": {
                  "type": "uint64",
                  "id": 5
                },
                "delayMs": {
                  "type": "uint64",
                  "id": 6
                }
              }
            },
            "LockParty": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "sequence": {
                  "type": "uint64",
                  "id": 2
                },
                "token": {
                  "type": "uint64",
                  "id": 3
                },
                "mode": {
                  "type": "LockTerms.Mode",
                  "id": 4
                },
                "askedRevision": {
                  "type": "uint64",
                  "id": 5
                },
                "note": {
                  "type": "bytes",
                  "id": 6
                }
              }
            },
            "Batch": {
              "fields": {
                "operations": {
                  "rule": "repeated",
                  "type": "bytes",
                  "id": 1
                },
                "configuration": {
                  "type": "Configuration",
                  "id": 2
                }
              }
            },
            "Configuration": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                },
                "members": {
                  "rule": "repeated",
                  "type": "ClusterMember",
                  "id": 2
                }
              }
            },
            "ClusterMember": {
              "fields": {
                "nodeId": {
                  "type": "string",
                  "id": 1
                },
                "incarnation": {
                  "type": "string",
                  "id": 2
                },
                "address": {
                  "type": "string",
                  "id": 3
                },
                "standing": {
                  "type": "Standing",
                  "id": 4
                },
                "replaces": {
                  "type": "string",
                  "id": 5
                }
              }
            },
            "Standing": {
              "values": {
                "VOTER": 0,
                "LEARNER": 1,
                "JOINING": 2
              }
            },
            "Ballot": {
              "fields": {
                "round": {
                  "type": "uint64",
                  "id": 1
                },
                "nodeId": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "JournalRecord": {
              "fields": {
                "formatVersion": {
                  "type": "uint32",
                  "id": 15
                },
                "sequence": {
                  "type": "uint64",
                  "id": 1
                },
                "previousCrc": {
                  "type": "fixed32",
                  "id": 2
                },
                "promised": {
                  "type": "Ballot",
                  "id": 3
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 4
                },
                "accepted": {
                  "rule": "repeated",
                  "type": "AcceptedSlot",
                  "id": 5
                },
                "seen": {
                  "rule": "repeated",
                  "type": "SeenSequence",
                  "id": 6
                },
                "genesis": {
                  "type": "Genesis",
                  "id": 7
                },
                "formed": {
                  "type": "bool",
                  "id": 8
                },
                "trimmedThrough": {
                  "type": "uint64",
                  "id": 9
                },
                "configuration": {
                  "type": "Configuration",
                  "id": 10
                }
              }
            },
            "AcceptedSlot": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                },
                "ballot": {
                  "type": "Ballot",
                  "id": 2
                },
                "value": {
                  "type": "bytes",
                  "id": 3
                },
                "chosen": {
                  "type": "bool",
                  "id": 4
                }
              }
            },
            "SeenSequence": {
              "fields": {
                "nodeId": {
                  "type": "string",
                  "id": 1
                },
                "incarnation": {
                  "type": "string",
                  "id": 2
                },
                "sequence": {
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "Genesis": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "clusterName": {
                  "type": "string",
                  "id": 2
                },
                "members": {
                  "rule": "repeated",
                  "type": "Member",
                  "id": 3
                },
                "settings": {
                  "type": "Settings",
                  "id": 4
                },
                "origin": {
                  "type": "string",
                  "id": 5
                }
              }
            },
            "Member": {
              "fields": {
                "nodeId": {
                  "type": "string",
                  "id": 1
                },
                "incarnation": {
                  "type": "string",
                  "id": 2
                },
                "address": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "Settings": {
              "fields": {
                "leaseMs": {
                  "type": "uint64",
                  "id": 1
                },
                "clockDriftPermille": {
                  "type": "uint32",
                  "id": 2
                },
                "leases": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "Peer": {
              "methods": {
                "Link": {
                  "requestType": "PeerFrame",
                  "requestStream": true,
                  "responseType": "PeerFrame",
                  "responseStream": true
                }
              }
            },
            "PeerFrame": {
              "fields": {
                "hello": {
                  "type": "PeerHello",
                  "id": 1
                },
                "messages": {
                  "rule": "repeated",
                  "type": "PeerMessage",
                  "id": 2
                }
              }
            },
            "PeerHello": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "nodeId": {
                  "type": "string",
                  "id": 2
                },
                "incarnation": {
                  "type": "string",
                  "id": 3
                },
                "lane": {
                  "type": "Lane",
                  "id": 4
                },
                "toNodeId": {
                  "type": "string",
                  "id": 5
                },
                "protocol": {
                  "type": "uint32",
                  "id": 20
                }
              },
              "nested": {
                "Lane": {
                  "values": {
                    "CONTROL": 0,
                    "BULK": 1
                  }
                }
              }
            },
            "PeerMessage": {
              "oneofs": {
                "message": {
                  "oneof": [
                    "greeting",
                    "greetingAnswer",
                    "genesis",
                    "preVote",
                    "preVoteAnswer",
                    "prepare",
                    "promise",
                    "rejected",
                    "accept",
                    "accepted",
                    "heartbeat",
                    "heartbeatAnswer",
                    "fetch",
                    "learn",
                    "transfer",
                    "forward",
                    "forwardRefused",
                    "relayedKeepAlive",
                    "relayedKeepAliveAnswer",
                    "readPoint",
                    "readPointAnswer",
                    "checkpointQuery",
                    "checkpointOffer",
                    "chunkRequest",
                    "chunk"
                  ]
                }
              },
              "fields": {
                "greeting": {
                  "type": "Greeting",
                  "id": 1
                },
                "greetingAnswer": {
                  "type": "GreetingAnswer",
                  "id": 2
                },
                "genesis": {
                  "type": "GenesisMessage",
                  "id": 3
                },
                "preVote": {
                  "type": "PreVote",
                  "id": 4
                },
                "preVoteAnswer": {
                  "type": "PreVoteAnswer",
                  "id": 5
                },
                "prepare": {
                  "type": "Prepare",
                  "id": 6
                },
                "promise": {
                  "type": "PromiseMessage",
                  "id": 7
                },
                "rejected": {
                  "type": "Rejected",
                  "id": 8
                },
                "accept": {
                  "type": "Accept",
                  "id": 9
                },
                "accepted": {
                  "type": "Accepted",
                  "id": 10
                },
                "heartbeat": {
                  "type": "Heartbeat",
                  "id": 11
                },
                "heartbeatAnswer": {
                  "type": "HeartbeatAnswer",
                  "id": 12
                },
                "fetch": {
                  "type": "Fetch",
                  "id": 13
                },
                "learn": {
                  "type": "Learn",
                  "id": 14
                },
                "transfer": {
                  "type": "Transfer",
                  "id": 15
                },
                "forward": {
                  "type": "Forward",
                  "id": 20
                },
                "forwardRefused": {
                  "type": "ForwardRefused",
                  "id": 21
                },
                "relayedKeepAlive": {
                  "type": "RelayedKeepAlive",
                  "id": 22
                },
                "relayedKeepAliveAnswer": {
                  "type": "RelayedKeepAliveAnswer",
                  "id": 23
                },
                "readPoint": {
                  "type": "ReadPoint",
                  "id": 24
                },
                "readPointAnswer": {
                  "type": "ReadPointAnswer",
                  "id": 25
                },
                "checkpointQuery": {
                  "type": "CheckpointQuery",
                  "id": 30
                },
                "checkpointOffer": {
                  "type": "CheckpointOffer",
                  "id": 31
                },
                "chunkRequest": {
                  "type": "ChunkRequest",
                  "id": 32
                },
                "chunk": {
                  "type": "Chunk",
                  "id": 33
                }
              }
            },
            "Greeting": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "clusterName": {
                  "type": "string",
                  "id": 2
                },
                "incarnation": {
                  "type": "string",
                  "id": 3
                },
                "bootId": {
                  "type": "string",
                  "id": 4
                },
                "formed": {
                  "type": "bool",
                  "id": 5
                },
                "sequence": {
                  "type": "uint64",
                  "id": 6
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 7
                },
                "initial": {
                  "rule": "repeated",
                  "type": "Member",
                  "id": 8
                },
                "origin": {
                  "type": "string",
                  "id": 9
                },
                "configuration": {
                  "type": "Configuration",
                  "id": 10
                },
                "supportedLevel": {
                  "type": "uint32",
                  "id": 20
                }
              }
            },
            "GreetingAnswer": {
              "oneofs": {
                "verdict": {
                  "oneof": [
                    "welcome",
                    "wrongCluster",
                    "strangeIncarnation",
                    "notAMember",
                    "differentInitial",
                    "differentOrigin",
                    "removed"
                  ]
                }
              },
              "fields": {
                "bootId": {
                  "type": "string",
                  "id": 1
                },
                "clusterId": {
                  "type": "string",
                  "id": 2
                },
                "incarnation": {
                  "type": "string",
                  "id": 3
                },
                "formed": {
                  "type": "bool",
                  "id": 4
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 5
                },
                "welcome": {
                  "type": "Welcomed",
                  "id": 6
                },
                "wrongCluster": {
                  "type": "WrongCluster",
                  "id": 7
                },
                "strangeIncarnation": {
                  "type": "StrangeIncarnation",
                  "id": 8
                },
                "notAMember": {
                  "type": "NotAMember",
                  "id": 9
                },
                "differentInitial": {
                  "type": "DifferentInitial",
                  "id": 10
                },
                "differentOrigin": {
                  "type": "DifferentOrigin",
                  "id": 12
                },
                "removed": {
                  "type": "Removed",
                  "id": 13
                },
                "seen": {
                  "type": "SeenSequence",
                  "id": 11
                },
                "configuration": {
                  "type": "Configuration",
                  "id": 14
                },
                "supportedLevel": {
                  "type": "uint32",
                  "id": 20
                }
              }
            },
            "Welcomed": {
              "fields": {}
            },
            "WrongCluster": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "StrangeIncarnation": {
              "fields": {
                "expected": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "NotAMember": {
              "fields": {}
            },
            "Removed": {
              "fields": {}
            },
            "DifferentInitial": {
              "fields": {
                "initial": {
                  "rule": "repeated",
                  "type": "Member",
                  "id": 1
                }
              }
            },
            "DifferentOrigin": {
              "fields": {
                "origin": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "GenesisMessage": {
              "fields": {
                "genesis": {
                  "type": "Genesis",
                  "id": 1
                },
                "bootId": {
                  "type": "string",
                  "id": 2
                },
                "configuration": {
                  "type": "Configuration",
                  "id": 3
                }
              }
            },
            "PreVote": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                }
              }
            },
            "PreVoteAnswer": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "granted": {
                  "type": "bool",
                  "id": 2
                },
                "promised": {
                  "type": "Ballot",
                  "id": 3
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 4
                }
              }
            },
            "Prepare": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "fromSlot": {
                  "type": "uint64",
                  "id": 2
                },
                "transferOf": {
                  "type": "Ballot",
                  "id": 3
                }
              }
            },
            "PromiseMessage": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "incarnation": {
                  "type": "string",
                  "id": 2
                },
                "sequence": {
                  "type": "uint64",
                  "id": 3
                },
                "trimmedThrough": {
                  "type": "uint64",
                  "id": 4
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 5
                },
                "accepted": {
                  "rule": "repeated",
                  "type": "AcceptedSlot",
                  "id": 6
                },
                "part": {
                  "type": "uint64",
                  "id": 7
                },
                "last": {
                  "type": "bool",
                  "id": 8
                }
              }
            },
            "Rejected": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "promised": {
                  "type": "Ballot",
                  "id": 2
                }
              }
            },
            "Accept": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "slot": {
                  "type": "uint64",
                  "id": 2
                },
                "value": {
                  "type": "bytes",
                  "id": 3
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 4
                }
              }
            },
            "Accepted": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "through": {
                  "type": "uint64",
                  "id": 2
                },
                "incarnation": {
                  "type": "string",
                  "id": 3
                },
                "sequence": {
                  "type": "uint64",
                  "id": 4
                },
                "quiet": {
                  "type": "bool",
                  "id": 5
                }
              }
            },
            "Fetch": {
              "fields": {
                "fromSlot": {
                  "type": "uint64",
                  "id": 1
                },
                "toSlot": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "Learn": {
              "fields": {
                "slots": {
                  "rule": "repeated",
                  "type": "AcceptedSlot",
                  "id": 1
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 2
                },
                "trimmedThrough": {
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "Heartbeat": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "id": {
                  "type": "uint64",
                  "id": 2
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 3
                },
                "hashSlot": {
                  "type": "uint64",
                  "id": 4
                },
                "hash": {
                  "type": "string",
                  "id": 5
                },
                "sequence": {
                  "type": "uint64",
                  "id": 6
                },
                "dispute": {
                  "type": "Dispute",
                  "id": 7
                }
              }
            },
            "Dispute": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                },
                "votes": {
                  "rule": "repeated",
                  "type": "Vote",
                  "id": 2
                }
              },
              "nested": {
                "Vote": {
                  "fields": {
                    "nodeId": {
                      "type": "string",
                      "id": 1
                    },
                    "hash": {
                      "type": "string",
                      "id": 2
                    }
                  }
                }
              }
            },
            "HeartbeatAnswer": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                },
                "id": {
                  "type": "uint64",
                  "id": 2
                },
                "acceptedThrough": {
                  "type": "uint64",
                  "id": 3
                },
                "chosenThrough": {
                  "type": "uint64",
                  "id": 4
                },
                "hashSlot": {
                  "type": "uint64",
                  "id": 5
                },
                "hash": {
                  "type": "string",
                  "id": 6
                },
                "sequence": {
                  "type": "uint64",
                  "id": 7
                },
                "quiet": {
                  "type": "bool",
                  "id": 8
                }
              }
            },
            "Transfer": {
              "fields": {
                "ballot": {
                  "type": "Ballot",
                  "id": 1
                }
              }
            },
            "Forward": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "operations": {
                  "rule": "repeated",
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "ForwardRefused": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "code": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "RelayedKeepAlive": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "sessions": {
                  "rule": "repeated",
                  "type": "SessionRef",
                  "id": 2
                }
              }
            },
            "RelayedKeepAliveAnswer": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "alive": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 2
                },
                "ended": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "ReadPoint": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                }
              }
            },
            "ReadPointAnswer": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "slot": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "CheckpointQuery": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "aboveSlot": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "CheckpointOffer": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "checkpoint": {
                  "type": "Checkpoint",
                  "id": 2
                }
              }
            },
            "Checkpoint": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                },
                "revision": {
                  "type": "uint64",
                  "id": 2
                },
                "hash": {
                  "type": "string",
                  "id": 3
                },
                "chunks": {
                  "type": "uint64",
                  "id": 4
                },
                "bytes": {
                  "type": "uint64",
                  "id": 5
                }
              }
            },
            "ChunkRequest": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "slot": {
                  "type": "uint64",
                  "id": 2
                },
                "index": {
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "Chunk": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "slot": {
                  "type": "uint64",
                  "id": 2
                },
                "index": {
                  "type": "uint64",
                  "id": 3
                },
                "bytes": {
                  "type": "bytes",
                  "id": 4
                }
              }
            },
            "BackupHeader": {
              "fields": {
                "formatVersion": {
                  "type": "uint32",
                  "id": 1
                },
                "clusterId": {
                  "type": "string",
                  "id": 2
                },
                "clusterName": {
                  "type": "string",
                  "id": 3
                },
                "nodeId": {
                  "type": "string",
                  "id": 4
                },
                "programVersion": {
                  "type": "string",
                  "id": 5
                },
                "createdAtMs": {
                  "type": "uint64",
                  "id": 6
                },
                "slot": {
                  "type": "uint64",
                  "id": 7
                },
                "revision": {
                  "type": "uint64",
                  "id": 8
                },
                "stateHash": {
                  "type": "string",
                  "id": 9
                },
                "stale": {
                  "type": "bool",
                  "id": 10
                },
                "expectedBytes": {
                  "type": "uint64",
                  "id": 11
                }
              }
            },
            "BackupTrailer": {
              "fields": {
                "chunks": {
                  "type": "uint64",
                  "id": 1
                },
                "bytes": {
                  "type": "uint64",
                  "id": 2
                },
                "sha256": {
                  "type": "bytes",
                  "id": 3
                }
              }
            },
            "LocksRequest": {
              "fields": {
                "prefix": {
                  "type": "string",
                  "id": 1
                },
                "after": {
                  "type": "string",
                  "id": 2
                },
                "limit": {
                  "type": "uint32",
                  "id": 3
                }
              }
            },
            "LocksResponse": {
              "fields": {
                "revision": {
                  "type": "uint64",
                  "id": 1
                },
                "timed": {
                  "type": "bool",
                  "id": 2
                },
                "locks": {
                  "rule": "repeated",
                  "type": "LockReport",
                  "id": 3
                },
                "more": {
                  "type": "bool",
                  "id": 4
                }
              }
            },
            "LockReport": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "holders": {
                  "rule": "repeated",
                  "type": "LockPartyReport",
                  "id": 2
                },
                "waiters": {
                  "rule": "repeated",
                  "type": "LockPartyReport",
                  "id": 3
                },
                "holderCount": {
                  "type": "uint64",
                  "id": 4
                },
                "waiterCount": {
                  "type": "uint64",
                  "id": 5
                },
                "delaySinceRevision": {
                  "type": "uint64",
                  "id": 6
                },
                "delayMs": {
                  "type": "uint64",
                  "id": 7
                },
                "delayRemainingMs": {
                  "type": "double",
                  "id": 8
                }
              }
            },
            "LockPartyReport": {
              "fields": {
                "sessionId": {
                  "type": "uint64",
                  "id": 1
                },
                "sessionName": {
                  "type": "string",
                  "id": 2
                },
                "mode": {
                  "type": "string",
                  "id": 3
                },
                "token": {
                  "type": "uint64",
                  "id": 4
                },
                "askedRevision": {
                  "type": "uint64",
                  "id": 5
                },
                "note": {
                  "type": "bytes",
                  "id": 6
                },
                "remainingMs": {
                  "type": "double",
                  "id": 7
                }
              }
            },
            "SessionsRequest": {
              "fields": {
                "after": {
                  "type": "uint64",
                  "id": 1
                },
                "limit": {
                  "type": "uint32",
                  "id": 2
                }
              }
            },
            "SessionsResponse": {
              "fields": {
                "revision": {
                  "type": "uint64",
                  "id": 1
                },
                "timed": {
                  "type": "bool",
                  "id": 2
                },
                "sessions": {
                  "rule": "repeated",
                  "type": "SessionReport",
                  "id": 3
                },
                "more": {
                  "type": "bool",
                  "id": 4
                }
              }
            },
            "SessionReport": {
              "fields": {
                "id": {
                  "type": "uint64",
                  "id": 1
                },
                "name": {
                  "type": "string",
                  "id": 2
                },
                "metadata": {
                  "rule": "repeated",
                  "type": "SessionNote",
                  "id": 3
                },
                "ttlMs": {
                  "type": "uint64",
                  "id": 4
                },
                "generation": {
                  "type": "uint32",
                  "id": 5
                },
                "ephemeralKeys": {
                  "type": "uint64",
                  "id": 6
                },
                "held": {
                  "type": "uint64",
                  "id": 7
                },
                "waiting": {
                  "type": "uint64",
                  "id": 8
                },
                "remainingMs": {
                  "type": "double",
                  "id": 9
                }
              }
            },
            "SessionNote": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "WatchesRequest": {
              "fields": {
                "afterConnection": {
                  "type": "uint64",
                  "id": 1
                },
                "afterWatch": {
                  "type": "uint64",
                  "id": 2
                },
                "limit": {
                  "type": "uint32",
                  "id": 3
                }
              }
            },
            "WatchesResponse": {
              "fields": {
                "watches": {
                  "rule": "repeated",
                  "type": "WatchReport",
                  "id": 1
                },
                "more": {
                  "type": "bool",
                  "id": 2
                }
              }
            },
            "WatchReport": {
              "fields": {
                "connection": {
                  "type": "uint64",
                  "id": 1
                },
                "watch": {
                  "type": "uint64",
                  "id": 2
                },
                "client": {
                  "type": "string",
                  "id": 3
                },
                "kind": {
                  "type": "string",
                  "id": 4
                },
                "from": {
                  "type": "bytes",
                  "id": 5
                },
                "extent": {
                  "type": "string",
                  "id": 6
                },
                "to": {
                  "type": "bytes",
                  "id": 7
                },
                "lagging": {
                  "type": "bool",
                  "id": 8
                },
                "unwrittenBytes": {
                  "type": "uint64",
                  "id": 9
                },
                "sessions": {
                  "rule": "repeated",
                  "type": "uint64",
                  "id": 10
                }
              }
            },
            "LogRequest": {
              "fields": {
                "fromSlot": {
                  "type": "uint64",
                  "id": 1
                },
                "limit": {
                  "type": "uint32",
                  "id": 2
                }
              }
            },
            "LogResponse": {
              "fields": {
                "slots": {
                  "rule": "repeated",
                  "type": "ChosenSlot",
                  "id": 1
                },
                "chosenSlot": {
                  "type": "uint64",
                  "id": 2
                },
                "oldestSlot": {
                  "type": "uint64",
                  "id": 3
                }
              }
            },
            "ChosenSlot": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                },
                "value": {
                  "type": "bytes",
                  "id": 2
                }
              }
            },
            "StateHashesRequest": {
              "fields": {
                "durationMs": {
                  "type": "uint32",
                  "id": 1
                }
              }
            },
            "StateHashesResponse": {
              "fields": {
                "hashes": {
                  "rule": "repeated",
                  "type": "SlotHash",
                  "id": 1
                }
              }
            },
            "SlotHash": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                },
                "hash": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "VitalsRequest": {
              "fields": {}
            },
            "VitalsResponse": {
              "fields": {
                "wallClockMs": {
                  "type": "double",
                  "id": 1
                },
                "monotonicMs": {
                  "type": "double",
                  "id": 2
                },
                "residentMemoryBytes": {
                  "type": "uint64",
                  "id": 3
                },
                "heapUsedBytes": {
                  "type": "uint64",
                  "id": 4
                },
                "eventLoopDelayP99Ms": {
                  "type": "double",
                  "id": 5
                },
                "eventLoopDelayMaxMs": {
                  "type": "double",
                  "id": 6
                },
                "appends": {
                  "type": "Durations",
                  "id": 7
                },
                "commits": {
                  "type": "Durations",
                  "id": 8
                },
                "roundTrips": {
                  "rule": "repeated",
                  "type": "RoundTrip",
                  "id": 9
                },
                "diskFreeBytes": {
                  "type": "uint64",
                  "id": 10
                },
                "diskNeededBytes": {
                  "type": "uint64",
                  "id": 11
                },
                "journaledBytes": {
                  "type": "uint64",
                  "id": 12
                },
                "leaseMs": {
                  "type": "uint32",
                  "id": 13
                },
                "clockDriftPermille": {
                  "type": "uint32",
                  "id": 14
                },
                "settings": {
                  "rule": "repeated",
                  "type": "NodeSetting",
                  "id": 15
                }
              }
            },
            "Durations": {
              "fields": {
                "count": {
                  "type": "uint32",
                  "id": 1
                },
                "medianMs": {
                  "type": "double",
                  "id": 2
                },
                "p99Ms": {
                  "type": "double",
                  "id": 3
                },
                "maxMs": {
                  "type": "double",
                  "id": 4
                }
              }
            },
            "RoundTrip": {
              "fields": {
                "nodeId": {
                  "type": "string",
                  "id": 1
                },
                "durations": {
                  "type": "Durations",
                  "id": 2
                }
              }
            },
            "NodeSetting": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "string",
                  "id": 2
                }
              }
            },
            "Admin": {
              "methods": {
                "Status": {
                  "requestType": "StatusRequest",
                  "responseType": "StatusResponse"
                },
                "TransferLeadership": {
                  "requestType": "TransferLeadershipRequest",
                  "responseType": "TransferLeadershipResponse"
                },
                "SaveSnapshot": {
                  "requestType": "SaveSnapshotRequest",
                  "responseType": "SaveSnapshotPart",
                  "responseStream": true
                },
                "Settings": {
                  "requestType": "SettingsRequest",
                  "responseType": "SettingsResponse"
                },
                "ChangeSettings": {
                  "requestType": "ChangeSettingsRequest",
                  "responseType": "SettingsResponse"
                },
                "ChangeMembers": {
                  "requestType": "ChangeMembersRequest",
                  "responseType": "ChangeMembersResponse"
                },
                "Locks": {
                  "requestType": "LocksRequest",
                  "responseType": "LocksResponse"
                },
                "Sessions": {
                  "requestType": "SessionsRequest",
                  "responseType": "SessionsResponse"
                },
                "Watches": {
                  "requestType": "WatchesRequest",
                  "responseType": "WatchesResponse"
                },
                "Log": {
                  "requestType": "LogRequest",
                  "responseType": "LogResponse"
                },
                "StateHashes": {
                  "requestType": "StateHashesRequest",
                  "responseType": "StateHashesResponse"
                },
                "Vitals": {
                  "requestType": "VitalsRequest",
                  "responseType": "VitalsResponse"
                }
              }
            },
            "StatusRequest": {
              "fields": {}
            },
            "StatusResponse": {
              "fields": {
                "clusterId": {
                  "type": "string",
                  "id": 1
                },
                "nodeId": {
                  "type": "string",
                  "id": 2
                },
                "state": {
                  "type": "string",
                  "id": 3
                },
                "leaderId": {
                  "type": "string",
                  "id": 4
                },
                "ballot": {
                  "type": "Ballot",
                  "id": 5
                },
                "chosenSlot": {
                  "type": "uint64",
                  "id": 6
                },
                "appliedSlot": {
                  "type": "uint64",
                  "id": 7
                },
                "revision": {
                  "type": "uint64",
                  "id": 8
                },
                "pid": {
                  "type": "uint32",
                  "id": 9
                },
                "version": {
                  "type": "string",
                  "id": 10
                },
                "uptimeSeconds": {
                  "type": "double",
                  "id": 11
                },
                "members": {
                  "rule": "repeated",
                  "type": "ClusterMember",
                  "id": 12
                },
                "sessions": {
                  "type": "uint64",
                  "id": 13
                },
                "watches": {
                  "type": "uint64",
                  "id": 14
                },
                "connections": {
                  "type": "uint64",
                  "id": 15
                },
                "stateHash": {
                  "type": "string",
                  "id": 16
                },
                "hashSlot": {
                  "type": "uint64",
                  "id": 17
                },
                "lastError": {
                  "type": "string",
                  "id": 18
                },
                "checkpointSlot": {
                  "type": "uint64",
                  "id": 19
                },
                "alarm": {
                  "type": "string",
                  "id": 20
                },
                "membersSlot": {
                  "type": "uint64",
                  "id": 21
                },
                "residentBytes": {
                  "type": "uint64",
                  "id": 30
                },
                "quotaBytes": {
                  "type": "uint64",
                  "id": 31
                },
                "featureLevel": {
                  "type": "uint32",
                  "id": 32
                },
                "supportedLevel": {
                  "type": "uint32",
                  "id": 33
                }
              }
            },
            "TransferLeadershipRequest": {
              "fields": {
                "to": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "TransferLeadershipResponse": {
              "fields": {
                "leaderId": {
                  "type": "string",
                  "id": 1
                }
              }
            },
            "SaveSnapshotRequest": {
              "fields": {
                "stale": {
                  "type": "bool",
                  "id": 1
                }
              }
            },
            "SaveSnapshotPart": {
              "oneofs": {
                "part": {
                  "oneof": [
                    "header",
                    "chunk",
                    "end"
                  ]
                }
              },
              "fields": {
                "header": {
                  "type": "BackupHeader",
                  "id": 1
                },
                "chunk": {
                  "type": "bytes",
                  "id": 2
                },
                "end": {
                  "type": "SnapshotEnd",
                  "id": 3
                }
              }
            },
            "SnapshotEnd": {
              "fields": {
                "chunks": {
                  "type": "uint64",
                  "id": 1
                },
                "bytes": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "SettingsRequest": {
              "fields": {}
            },
            "SettingsResponse": {
              "fields": {
                "featureLevel": {
                  "type": "uint32",
                  "id": 1
                },
                "commonLevel": {
                  "type": "uint32",
                  "id": 2
                },
                "version": {
                  "type": "uint64",
                  "id": 3
                },
                "residentBytes": {
                  "type": "uint64",
                  "id": 4
                },
                "settings": {
                  "rule": "repeated",
                  "type": "Setting",
                  "id": 5
                }
              }
            },
            "Setting": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "uint64",
                  "id": 2
                },
                "isDefault": {
                  "type": "bool",
                  "id": 3
                }
              }
            },
            "ChangeSettingsRequest": {
              "fields": {
                "changes": {
                  "rule": "repeated",
                  "type": "SettingChange",
                  "id": 1
                }
              }
            },
            "SettingChange": {
              "fields": {
                "name": {
                  "type": "string",
                  "id": 1
                },
                "value": {
                  "type": "uint64",
                  "id": 2
                }
              }
            },
            "ChangeMembersRequest": {
              "oneofs": {
                "change": {
                  "oneof": [
                    "add",
                    "promote",
                    "remove"
                  ]
                }
              },
              "fields": {
                "nodeId": {
                  "type": "string",
                  "id": 1
                },
                "add": {
                  "type": "AddMember",
                  "id": 2
                },
                "promote": {
                  "type": "PromoteMember",
                  "id": 3
                },
                "remove": {
                  "type": "RemoveMember",
                  "id": 4
                }
              }
            },
            "AddMember": {
              "fields": {
                "address": {
                  "type": "string",
                  "id": 1
                },
                "learner": {
                  "type": "bool",
                  "id": 2
                },
                "replaces": {
                  "type": "string",
                  "id": 3
                }
              }
            },
            "PromoteMember": {
              "fields": {}
            },
            "RemoveMember": {
              "fields": {}
            },
            "ChangeMembersResponse": {
              "fields": {
                "slot": {
                  "type": "uint64",
                  "id": 1
                }
              }
            }
          }
        }
      }
    }
  }
} as Parameters<typeof fromJSON>[0];
