# What Rails does with config.action_mailer.smtp_settings, as in its guide: it hands them to this
# library.
require "mail"

env = ENV
Mail.defaults do
  settings = {
    address: env["SMTP_HOST"],
    port: env["SMTP_PORT"].to_i,
    domain: "shop.test",
    user_name: env["SMTP_USERNAME"],
    password: env["SMTP_PASSWORD"],
    authentication: env.fetch("SMTP_AUTHENTICATION", "plain"),
  }
  if env["SMTP_SECURE"] == "implicit"
    settings[:tls] = true
  else
    settings[:enable_starttls_auto] = true
  end
  delivery_method :smtp, settings
end

begin
  Mail.deliver do
    from "The shop <shop@shop.test>"
    to env["MAIL_TO"]
    subject "Your order"
    body "Thank you.\n"
  end
  puts "sent"
rescue StandardError => error
  puts "#{error.class}: #{error.message}"
  exit 1
end
