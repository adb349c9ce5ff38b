// The scenarios of tests/dialogues against the dialogue and the intake alone: no sockets, no store.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "relay/config/rate.hpp"
#include "relay/config/user_list.hpp"
#include "relay/inbound/login_attempt.hpp"
#include "relay/inbound/route_decision.hpp"
#include "relay/inbound/submission_limits.hpp"
#include "relay/message/intake.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/smtp/server_dialogue.hpp"
#include "relay/users/check.hpp"
#include "tests/inbound/dialogue_script.hpp"
#include "tests/support/catch.hpp"

using namespace kurir;
using tests::action;
using tests::script;
using tests::script_line;

namespace {

using event = smtp::server_dialogue::event;

std::optional<config::rate> rate_of(const script& scenario, const char* name) {
    const auto found = scenario.environment.find(name);
    if (found == scenario.environment.end()) return std::nullopt;
    config::rate result;
    REQUIRE(!config::read_rate(found->second, result));
    return result;
}

// What a session is to its dialogue.
class driver final : public smtp::server_observer {
public:
    explicit driver(const script& scenario)
        : limits_(rate_of(scenario, "KURIR_CLIENT_RATE"), rate_of(scenario, "KURIR_SENDER_RATE")) {
        const auto found = scenario.environment.find("KURIR_USERS");
        if (found != scenario.environment.end())
            REQUIRE(!config::read_users(found->second, users_));
        const auto map = scenario.environment.find("KURIR_RECIPIENT_MAP");
        if (map != scenario.environment.end())
            REQUIRE(!config::address_map::read_recipients(map->second, recipients_));
    }

    void replied(const smtp::exchange&) override {}

    std::optional<smtp::postponement> postpones(const smtp::path& reverse_path) override {
        const auto over = limits_.admit("127.0.0.1", reverse_path.text(), now);
        if (!over) return std::nullopt;
        return inbound::postponement_of(*over, "your network");
    }

    std::optional<smtp::moved_recipient> moved(const smtp::mailbox& recipient) override {
        return inbound::moved_by_map(recipients_, recipient);
    }

    // In clear, as with KURIR_AUTH_INSECURE.
    static sasl::server_terms terms() { return {.passwords_in_clear = true}; }

    std::vector<std::string_view> mechanisms(bool /*secure*/) override {
        return sasl::offered_mechanisms(terms());
    }

    smtp::login_policy login_policy() const {
        return users_.given() ? smtp::login_policy::offer : smtp::login_policy::off;
    }

    bool is_right(const sasl::password_asked& asked) const {
        const auto* known = users_.table->find(asked.name);
        return known != nullptr && users::matches(known->stored, asked.password.text());
    }

    net::clock::time_point now{};

private:
    inbound::submission_limits limits_;
    config::user_list users_;
    config::address_map recipients_;
};

smtp::server_settings dialogue_settings(const script& scenario) {
    const auto number = [&](const char* name, std::uint64_t otherwise) {
        const auto found = scenario.environment.find(name);
        return found == scenario.environment.end() ? otherwise : std::stoull(found->second);
    };
    smtp::server_settings settings;
    settings.hostname = "relay.test";
    settings.message_size_max = number("KURIR_MAX_MESSAGE_SIZE", 25'000'000);
    settings.recipients_max = number("KURIR_MAX_RECIPIENTS", 1000);
    settings.errors_max = number("KURIR_MAX_ERRORS", 20);
    const auto newlines = scenario.environment.find("KURIR_BARE_NEWLINE");
    if (newlines != scenario.environment.end() && newlines->second == "reject") {
        settings.bare_newline = smtp::newline_policy::reject;
    }
    const auto text = [&](const char* name, const std::string& otherwise) {
        const auto found = scenario.environment.find(name);
        return found == scenario.environment.end() ? otherwise : found->second;
    };
    const bool full_name = text("KURIR_HOSTNAME", "relay.test").find('.') != std::string::npos;
    settings.hostname = text("KURIR_HOSTNAME", "relay.test");
    settings.local_domain = text("KURIR_LOCAL_DOMAIN", full_name ? settings.hostname : "");
    const auto postmaster =
        settings.local_domain.empty() ? "" : "postmaster@" + settings.local_domain;
    settings.postmaster = smtp::parse_mailbox(text("KURIR_POSTMASTER", postmaster), false).value;
    return settings;
}

message::intake_settings message_settings(const script& scenario) {
    message::intake_settings settings;
    settings.hostname = "relay.test";
    const auto set = [&](const char* name, std::size_t& value) {
        const auto at = scenario.environment.find(name);
        if (at != scenario.environment.end()) value = std::stoul(at->second);
    };
    set("KURIR_MAX_HOPS", settings.hops_max);
    set("KURIR_MAX_LINE_LENGTH", settings.line_length_max);
    set("KURIR_MAX_HEADER_SIZE", settings.header_size_max);
    return settings;
}

// The server's side of one scenario.
class stage {
public:
    // `segment`: so many bytes arrive at a time.
    stage(const script& scenario, std::size_t segment)
        : driver_(scenario),
          dialogue_settings_(dialogue_settings(scenario)),
          message_settings_(message_settings(scenario)),
          rights_{.may_relay = !scenario.untrusted},
          segment_(segment) {
        connect();
    }

    void play(const script_line& line) {
        switch (line.kind) {
            case action::connect:
                return connect();
            case action::send:
                return send(line.text);
            case action::expect:
                return expect(line.text);
            case action::expect_line:
                REQUIRE(last_reply_.find(line.text) != std::string::npos);
                return;
            case action::expect_close:
                CHECK(replies_.empty());
                CHECK(closed_);
                return;
            case action::messages:
                CHECK(std::to_string(messages_) == line.text);
                return;
            case action::body: {
                CAPTURE(body_);
                CHECK(body_.ends_with(line.text));
                return;
            }
            case action::world:
                return change_world(line.text);
        }
    }

    bool closed() const { return closed_; }

private:
    void connect() {
        dialogue_.emplace(dialogue_settings_, driver_, rights_);
        dialogue_->offer_login(driver_.login_policy());
        intake_.reset();
        replies_.clear();
        unread_.clear();
        closed_ = false;
        run("");
    }

    void send(std::string_view bytes) {
        while (!bytes.empty() && !closed_) {
            run(bytes.substr(0, segment_));
            bytes.remove_prefix(std::min(segment_, bytes.size()));
        }
    }

    void run(std::string_view arrived) {
        unread_ += arrived;
        std::string_view input = unread_;
        for (bool waiting = false; !waiting && !closed_;) {
            const auto step = dialogue_->next(input, surroundings_);
            input.remove_prefix(step.consumed);
            waiting = act(step);
        }
        unread_ = std::string(closed_ ? "" : input);
        take_replies();
    }

    // True when more input is needed.
    bool act(const smtp::server_dialogue::step& step) {
        switch (step.kind) {
            case event::greet:
                dialogue_->greet();
                break;
            case event::start_tls:
                dialogue_->secured();
                break;
            case event::proceed:
                break;
            case event::need_input:
                return true;
            case event::listen:
                dialogue_->kept_silent();
                break;
            case event::write:
                take_replies();
                break;
            case event::begin_message:
                begin_message();
                break;
            case event::message_bytes:
                append(step.bytes);
                break;
            case event::end_message:
                store_message();
                break;
            case event::drop_message:
                intake_.reset();
                break;
            case event::begin_login:
                attempt_.emplace(dialogue_->mechanism(), driver::terms());
                log_in(attempt_->begin(step.bytes));
                break;
            case event::login_response:
                log_in(attempt_->respond(step.bytes));
                break;
            case event::cancel_login:
                attempt_.reset();
                break;
            case event::close:
                closed_ = true;
        }
        return false;
    }

    void log_in(const sasl::server_step& step) {
        const auto* asked = std::get_if<sasl::password_asked>(&step);
        if (const auto* next = std::get_if<sasl::challenge>(&step)) {
            dialogue_->challenge(sasl::encode_base64(next->text));
        } else if (asked == nullptr) {
            dialogue_->refuse_login(smtp::login_refusal::malformed);
        } else if (driver_.is_right(*asked)) {
            dialogue_->logged_in({.may_relay = true});
        } else {
            dialogue_->refuse_login(smtp::login_refusal::wrong);
        }
    }

    void begin_message() {
        message::intake_origin origin;
        origin.id = queue::message_id(++next_id_);
        origin.helo = dialogue_->helo();
        origin.protocol = dialogue_->protocol();
        origin.client = "127.0.0.1";
        intake_.emplace(message_settings_, std::move(origin), dialogue_->current());
    }

    void append(std::string_view bytes) {
        REQUIRE(intake_);
        while (!bytes.empty() && !intake_->problem()) {
            bytes.remove_prefix(intake_->append(bytes));
            if (intake_->chunk_full() && !intake_->problem()) intake_->take_chunk();
        }
        if (intake_->problem()) refuse(*intake_->problem());
    }

    void refuse(smtp::refusal why) {
        intake_.reset();
        dialogue_->refuse(why);
    }

    void store_message() {
        REQUIRE(intake_);
        intake_->end();
        if (intake_->problem()) return refuse(*intake_->problem());
        if (store_trouble_) return refuse(*store_trouble_);
        const auto message = intake_->take_submission(dialogue_->facts());
        body_ = message.last_chunk;
        intake_.reset();
        ++messages_;
        dialogue_->stored(message.mail.id.text());
    }

    // Cuts the output into replies, with "250-" as "250 ".
    void take_replies() {
        std::string output;
        dialogue_->take_output(output);
        while (!output.empty()) {
            std::string reply;
            bool more = true;
            while (more) {
                const auto end = output.find("\r\n");
                REQUIRE(end != std::string::npos);
                REQUIRE(end + 2 <= 512);  // S022
                std::string line = output.substr(0, end);
                output.erase(0, end + 2);
                more = line.size() > 3 && line[3] == '-';
                line[3] = ' ';
                reply += line + '\n';
            }
            replies_.push_back(reply);
        }
    }

    void expect(const std::string& wanted) {
        REQUIRE(!replies_.empty());
        last_reply_ = replies_.front();
        replies_.erase(replies_.begin());
        CAPTURE(last_reply_, wanted);
        REQUIRE(last_reply_.starts_with(wanted));
    }

    void change_world(const std::string& change) {
        store_trouble_.reset();
        if (change == "timeout" || change == "shutdown") {
            dialogue_->end(
                change == "timeout" ? smtp::farewell::timeout : smtp::farewell::shutdown
            );
            run("");
        } else if (change == "wait a minute") {
            driver_.now += std::chrono::minutes(1);
        } else if (change == "store full") {
            store_trouble_ = smtp::refusal::store_full;
        } else if (change == "store failed") {
            store_trouble_ = smtp::refusal::store_failed;
        } else {
            surroundings_.queue = change == "queue open"   ? smtp::availability::open
                                  : change == "queue full" ? smtp::availability::full
                                                           : smtp::availability::unavailable;
        }
    }

    driver driver_;
    const smtp::server_settings dialogue_settings_;
    const message::intake_settings message_settings_;
    const smtp::client_rights rights_;
    const std::size_t segment_;
    std::optional<smtp::server_dialogue> dialogue_;
    std::optional<message::intake> intake_;
    std::optional<inbound::login_attempt> attempt_;
    smtp::surroundings surroundings_;
    std::optional<smtp::refusal> store_trouble_;
    std::string unread_;
    std::vector<std::string> replies_;
    std::string last_reply_;
    std::string body_;
    std::size_t messages_ = 0;
    std::uint64_t next_id_ = 0;
    bool closed_ = false;
};

std::vector<std::filesystem::path> script_files() {
    const auto folder = std::filesystem::path(__FILE__).parent_path().parent_path() / "dialogues";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void play(const script& scenario, std::size_t segment) {
    stage server(scenario, segment);
    for (const auto& line : scenario.lines) {
        CAPTURE(scenario.name, line.number, segment);
        server.play(line);
    }
    CAPTURE(scenario.name);
    CHECK(server.closed());
}

}  // namespace

TEST_CASE(
    "The scenarios of tests/dialogues, in whole lines and byte by byte", "[inbound][dialogues]"
) {
    std::size_t played = 0;
    for (const auto& file : script_files()) {
        const script scenario = tests::read_script(file);
        if (scenario.only == "e2e") continue;
        play(scenario, std::string::npos);
        // Pipelining violations are only seen when the bytes come together.
        if (!scenario.environment.contains("SEGMENTED")) play(scenario, 1);
        ++played;
    }
    CHECK(played > 20);
}
