// Asks an object on another thread a question and resumes on the caller's own thread.
//
// Nothing else crosses threads: `co_spawn` onto another context is unsafe when the waiting
// coroutine is cancelled (decision 9). A question can't be cancelled. The object must answer before
// its context stops, even if only with a refusal.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace kurir::net {

// Receives the answer, once, on any thread.
template <class Answer>
using answer_function = std::function<void(Answer)>;

// Runs `question(answer)` on `other`. It calls `answer` at once or later, from any thread.
template <class Answer, class Question>
boost::asio::awaitable<Answer> ask(boost::asio::any_io_executor other, Question question) {
    namespace asio = boost::asio;
    auto start = [&other, &question](auto handler) {
        // The guard keeps our own context running while it waits only for the answer.
        struct waiting {
            decltype(handler) resume;
            asio::executor_work_guard<asio::any_io_executor> home;
        };
        asio::any_io_executor home = asio::get_associated_executor(handler);
        auto shared = std::make_shared<waiting>(
            waiting{std::move(handler), asio::make_work_guard(std::move(home))}
        );
        auto answer = answer_function<Answer>([shared](Answer value) {
            const auto executor = shared->home.get_executor();
            asio::post(executor, [shared, value = std::move(value)]() mutable {
                auto resume = std::move(shared->resume);
                shared->home.reset();
                std::move(resume)(std::move(value));
            });
        });
        asio::post(other, [question = std::move(question), answer = std::move(answer)]() mutable {
            question(std::move(answer));
        });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
        std::move(start), asio::use_awaitable
    );
}

}  // namespace kurir::net
