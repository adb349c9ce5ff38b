// As in nodemailer's documentation: "Using SMTP".
const nodemailer = require("nodemailer");
const env = process.env;

const transporter = nodemailer.createTransport({
  host: env.SMTP_HOST,
  port: Number(env.SMTP_PORT),
  secure: env.SMTP_SECURE === "implicit", // false: upgrade later with STARTTLS
  auth: { user: env.SMTP_USERNAME, pass: env.SMTP_PASSWORD },
});

transporter
  .sendMail({
    from: '"The shop" <shop@shop.test>',
    to: env.MAIL_TO,
    subject: "Your order ✔",
    text: "Thank you.\n.\nThe line before is a dot.",
    html: "<b>Thank you.</b>",
  })
  .then(
    (info) => console.log(info.response),
    (error) => {
      console.log(error.message);
      process.exit(1);
    },
  );
