// The options of a queue in PostgreSQL, and what it reports beside its results.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "queue/message.hpp"
#include "queue/shared_store.hpp"
#include "queue/shared_sums.hpp"

namespace kurir::queue::postgres {

// Events that an operator must know about. Called on threads of the store; must not block, throw or
// call the store.
struct observer {
    // The database can't be reached, or ended the connection; new mail is refused meanwhile.
    std::function<void(std::string_view cause)> on_disconnected = [](std::string_view) {};
    // It still can't be reached; the cause may be another one by now.
    std::function<void(std::string_view cause)> on_unreachable = [](std::string_view) {};
    std::function<void()> on_connected = [] {};
    // The tables are brought up to date, or another program is waited for that does it: `what`.
    // That may take long. In `open`, too.
    std::function<void(std::string_view step)> on_migrating = [](std::string_view) {};
    // The database has no space or memory for more mail.
    std::function<void(std::string_view cause)> on_full = [](std::string_view) {};
    // It answers, and does not write: statements take too long, or wait for locks all the time, or
    // its disk fails. New mail is refused for a while.
    std::function<void(std::string_view cause)> on_failing = [](std::string_view) {};
    // Such a while is over, or that of `on_full`: mail is accepted, and tells whether it is well.
    std::function<void()> on_tried_again = [] {};
    // The database refused a request that others need not wait for.
    std::function<void(std::string_view cause)> on_refused = [](std::string_view) {};
    // Nothing can be claimed, renewed or given back. Once until that works again.
    std::function<void(std::string_view cause)> on_not_claiming = [](std::string_view) {};
    std::function<void()> on_claiming_again = [] {};
    // A batch of which it was not known whether the database had written it.
    std::function<void(bool written)> on_resolved = [](bool) {};
    // The server that answers now does not have what one before it had acknowledged: a replica took
    // over without the tail, or a backup was restored.
    std::function<void()> on_rolled_back = [] {};
    // This owner has ended a session that kept its locks while the server waited for its relay, for
    // so long. `address`: of the relay, or of a pooler; empty on the same machine.
    std::function<void(std::string_view address, std::chrono::milliseconds silence)>
        on_session_ended = [](std::string_view, std::chrono::milliseconds) {};
    // So many recipients have entered the queue by this owner.
    std::function<void(std::uint64_t recipients)> on_enqueued = [](std::uint64_t) {};
    // What is in the whole queue, as of now; every ten seconds.
    std::function<void(const shared_sums& sums)> on_sums = [](const shared_sums&) {};
    // Ends of attempts can't be written to the journal. Once until that works again.
    std::function<void(std::string_view cause)> on_journal_failed = [](std::string_view) {};
    std::function<void()> on_journal_works = [] {};
    // The journal of an earlier process had so many bytes that are no records; a copy is kept.
    std::function<void(std::string_view copy, std::uint64_t bytes)> on_journal_damaged =
        [](std::string_view, std::uint64_t) {};
    // The end of an attempt of an earlier process was written, or came too late: another owner has
    // the delivery, or had it.
    std::function<void(const settlement& end, bool late)> on_replayed = [](const settlement&,
                                                                           bool) {};
    // A message can't be read, and leaves the queue: what is left of it is kept.
    std::function<void(std::string_view id, std::string_view reason)> on_quarantined =
        [](std::string_view, std::string_view) {};
    // A record does not decode: it stays where it is, and is not tried.
    std::function<void(std::string_view id, std::string_view reason)> on_unreadable =
        [](std::string_view, std::string_view) {};
};

struct options {
    std::string url;  // as libpq reads it

    // What COMMIT waits for, as the parameter synchronous_commit; empty: as the server has it.
    std::string commit = {};

    // How long a claim lasts without being renewed, by the database's clock.
    std::chrono::milliseconds lease = std::chrono::minutes(2);

    // How long the database may take for one round trip, and for a connection.
    std::chrono::milliseconds patience = std::chrono::seconds(10);

    // How long bringing the tables up to date may take, and how long a program that starts waits
    // until another one has done it.
    std::chrono::milliseconds migration_patience = std::chrono::hours(1);

    // How long a client waits for a message whose batch has an unknown end, before it is refused.
    std::chrono::milliseconds doubt_max = std::chrono::seconds(20);

    // Pauses between attempts to connect: doubling.
    std::chrono::milliseconds reconnect_min = std::chrono::milliseconds(100);
    std::chrono::milliseconds reconnect_max = std::chrono::seconds(5);

    // How long nothing is taken over after a start, or after a new connection: other owners may
    // have lost the database, too, and are about to write how attempts ended. Patience and twice
    // the longest pause.
    std::chrono::milliseconds take_over_pause = std::chrono::seconds(20);

    // How long new mail is refused after the database had no space, or failed.
    std::chrono::milliseconds failure_pause = std::chrono::seconds(5);

    std::size_t readers = 2;               // threads, each with a connection
    std::size_t recent_max = 16ULL << 20;  // bytes of new messages that are kept in memory

    std::function<time_point()> now;  // the owner's clock; thread-safe
    // Sets it to the database's time. Called once, by `open`.
    std::function<void(time_point)> resume = [](time_point) {};

    // Where ends of attempts wait while the database does not answer (result_journal.hpp); empty:
    // in memory only. And for how long it may not answer before they are written there.
    std::filesystem::path journal = {};
    std::chrono::milliseconds journal_after = std::chrono::milliseconds(200);

    node_facts self = {};  // what other nodes know this one by

    postgres::observer observer = {};
};

}  // namespace kurir::queue::postgres
