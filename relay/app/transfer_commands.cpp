#include "relay/app/transfer_commands.hpp"

#include <boost/json/parse.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <span>
#include <utility>

#include "relay/app/admin_answer.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/leaving_mail.hpp"
#include "relay/app/message_handover.hpp"
#include "relay/base/tar.hpp"

namespace kurir::app {

namespace json = boost::json;

namespace {

constexpr std::uint64_t envelope_file_max = 16UL * 1024 * 1024;
constexpr std::size_t piece_size = 256UL * 1024;

class exporter {
public:
    explicit exporter(const queue_question& question) : mail_(question.relay, question.selection) {}

    int run() {
        const auto status = mail_.each([this](const std::string& id) { return write_message(id); });
        if (status != EXIT_SUCCESS) return status;
        print_text(std::string(base::tar_end_size, '\0'));
        if (std::fflush(stdout) != 0) return write_failed();
        return written_ == 0 ? exit_nothing : EXIT_SUCCESS;
    }

private:
    static int write_failed() {
        complain_of_queue("standard output takes no more");
        return exit_silent;
    }

    int write_message(const std::string& id) {
        const auto found = mail_.message(id);
        if (found.status != EXIT_SUCCESS || !found.message) return found.status;
        const auto& message = *found.message;
        const auto first = mail_.chunk(id, 0);
        // Without bytes: it has left meanwhile.
        if (first.status != EXIT_SUCCESS || !first.bytes) return first.status;
        const auto& envelope = message.text;
        write_header(id + ".json", envelope.size());
        print_text(envelope + std::string(base::tar_padding(envelope.size()), '\0'));
        write_header(id + ".eml", message.size);
        std::uint64_t count = first.bytes->size();
        print_text(*first.bytes);
        for (long long at = 1; at < message.chunks; ++at) {
            const auto more = mail_.chunk(id, at);
            if (more.status != EXIT_SUCCESS) return more.status;
            if (!more.bytes) {
                complain_of_queue(id + ": it left the queue while it was read; export again");
                return exit_silent;
            }
            count += more.bytes->size();
            print_text(*more.bytes);
        }
        if (count != message.size) {
            complain_of_queue(id + ": its content is not as long as its envelope says");
            return exit_silent;
        }
        print_text(std::string(base::tar_padding(message.size), '\0'));
        ++written_;
        return std::ferror(stdout) != 0 ? write_failed() : EXIT_SUCCESS;
    }

    static void write_header(const std::string& name, std::uint64_t size) {
        print_text(base::tar_header(name, size, 0));
    }

    leaving_mail mail_;
    std::size_t written_ = 0;
};

bool read_exactly(std::span<char> bytes) {
    return std::fread(bytes.data(), 1, bytes.size(), stdin) == bytes.size();
}

// "x/0ABC.eml" as "0ABC"; empty if it ends otherwise.
std::string stem_of(std::string_view name, std::string_view ending) {
    if (!name.ends_with(ending)) return {};
    name.remove_suffix(ending.size());
    return std::string(name.substr(name.rfind('/') + 1));
}

class importer {
public:
    explicit importer(const admin::address& relay) : handover_(relay) {}

    int run() {
        while (status_ == EXIT_SUCCESS && !over_)
            next_file();
        if (status_ != EXIT_SUCCESS) return status_;
        drop_envelope();
        return refused_ > 0 || taken_ == 0 ? exit_nothing : EXIT_SUCCESS;
    }

private:
    void stop(const std::string& why, int status) {
        complain_of_queue(why);
        status_ = status;
    }

    void refuse(const std::string& why) {
        complain_of_queue(why);
        ++refused_;
    }

    void next_file() {
        std::array<char, base::tar_block> block{};
        if (!read_exactly(block)) return stop("the archive has no end: it was cut", exit_usage);
        const auto entry = base::read_tar_header({block.data(), block.size()});
        // What is behind a header that can't be read has no known length.
        if (!entry) return stop(entry.error(), exit_usage);
        switch (entry->kind) {
            case base::tar_entry::kind_of::end:
                over_ = true;
                return;
            case base::tar_entry::kind_of::skipped:
                left_ = entry->size;
                break;
            case base::tar_entry::kind_of::file:
                left_ = entry->size;
                take_file(*entry);
                break;
        }
        if (status_ == EXIT_SUCCESS) skip(*entry);
    }

    void take_file(const base::tar_entry& entry) {
        if (const auto stem = stem_of(entry.name, ".json"); !stem.empty()) {
            drop_envelope();
            if (entry.size > envelope_file_max) {
                return refuse(entry.name + ": an envelope has 16 MiB at most");
            }
            envelope_.assign(static_cast<std::size_t>(entry.size), '\0');
            if (!read(envelope_)) return cut(entry);
            stem_ = stem;
        } else if (const auto body = stem_of(entry.name, ".eml"); !body.empty()) {
            if (body != std::exchange(stem_, {})) {
                return refuse(entry.name + ": there is no " + body + ".json in front of it");
            }
            send(entry);
        } else {
            refuse(entry.name + ": it is no message");
        }
    }

    // An envelope without a content behind it.
    void drop_envelope() {
        const auto stem = std::exchange(stem_, {});
        if (!stem.empty()) refuse(stem + ".json: there is no " + stem + ".eml behind it");
    }

    bool read(std::string& bytes) {
        if (!read_exactly(bytes)) return false;
        left_ -= bytes.size();
        return true;
    }

    void cut(const base::tar_entry& entry) {
        stop("the archive ends within " + entry.name, exit_usage);
    }

    void skip(const base::tar_entry& entry) {
        left_ += base::tar_padding(entry.size);
        std::string bytes;
        while (left_ > 0) {
            bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_size)));
            if (!read(bytes)) return cut(entry);
        }
    }

    void send(const base::tar_entry& entry) {
        boost::system::error_code wrong;
        const auto envelope = json::parse(envelope_, wrong);
        if (wrong || !envelope.is_object()) {
            return refuse(entry.name + ": the envelope in front of it is no JSON object");
        }
        const auto size = static_cast<std::uint64_t>(number_in(envelope.get_object(), "size"));
        if (size != entry.size) {
            return refuse(
                entry.name + ": it has " + std::to_string(entry.size) +
                " bytes, and by its envelope " + std::to_string(size)
            );
        }
        const auto done = handover_.hand_over(envelope_, [this] { return next_piece(); });
        switch (done.kind) {
            case handover_outcome::kind_of::kept:
                return tell(entry, "is now", done.text);
            case handover_outcome::kind_of::known:
                return tell(entry, "was here as", done.text);
            case handover_outcome::kind_of::refused:
                return refuse(entry.name + ": " + done.text);
            case handover_outcome::kind_of::own:
                return tell(entry, "waits here as", done.text);
            case handover_outcome::kind_of::forgotten:
            case handover_outcome::kind_of::unsure:
            case handover_outcome::kind_of::silent:
                return stop(entry.name + ": " + done.text + "; import the same again", exit_silent);
            case handover_outcome::kind_of::cut:
                return cut(entry);
        }
    }

    // Of the content; empty at its end.
    std::optional<std::string> next_piece() {
        std::string bytes(
            static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_size)), '\0'
        );
        if (!read(bytes)) return std::nullopt;
        return bytes;
    }

    void tell(const base::tar_entry& entry, std::string_view manner, const std::string& id) {
        ++taken_;
        print_line({stem_of(entry.name, ".eml"), " ", manner, " ", id});
    }

    message_handover handover_;
    std::string stem_;  // of the envelope that was read last, until its content comes
    std::string envelope_;
    std::uint64_t left_ = 0;  // bytes of the file that were not read
    std::size_t taken_ = 0;
    std::size_t refused_ = 0;
    int status_ = EXIT_SUCCESS;
    bool over_ = false;
};

}  // namespace

int export_queue(const queue_question& question) {
    if (isatty(STDOUT_FILENO) != 0) {
        complain_of_queue("an archive is nothing for a terminal: kurir queue export … > x.tar");
        return exit_usage;
    }
    return exporter(question).run();
}

int import_queue(const admin::address& relay) {
    return importer(relay).run();
}

}  // namespace kurir::app
