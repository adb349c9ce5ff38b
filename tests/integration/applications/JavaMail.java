// As in the JavaMail FAQ; Spring's spring.mail.properties are the same properties.
import java.util.Properties;
import javax.mail.Authenticator;
import javax.mail.Message;
import javax.mail.MessagingException;
import javax.mail.PasswordAuthentication;
import javax.mail.Session;
import javax.mail.Transport;
import javax.mail.internet.InternetAddress;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMessage;
import javax.mail.internet.MimeMultipart;

public class JavaMail {
    // A text, an 8-bit text, HTML with an attachment, or (if there is none) a text with one.
    private static final String kind = System.getenv("MAIL_KIND");

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("mail.smtp.host", System.getenv("SMTP_HOST"));
        properties.put("mail.smtp.port", System.getenv("SMTP_PORT"));
        properties.put("mail.smtp.auth", "true");
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        if (System.getenv("SMTP_SECURE").equals("implicit")) {
            properties.put("mail.smtp.ssl.enable", "true");
        } else {
            properties.put("mail.smtp.starttls.enable", "true");
            properties.put("mail.smtp.starttls.required", "true");
        }
        String mechanisms = System.getenv("SMTP_AUTHENTICATION");
        if (mechanisms != null) properties.put("mail.smtp.auth.mechanisms", mechanisms);
        if ("8bit".equals(kind)) properties.put("mail.smtp.allow8bitmime", "true");

        Session session = Session.getInstance(properties, new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(
                    System.getenv("SMTP_USERNAME"), System.getenv("SMTP_PASSWORD"));
            }
        });
        try {
            Transport.send(message(session));
        } catch (MessagingException error) {
            System.out.println(error);
            System.exit(1);
        }
    }

    private static Message message(Session session) throws Exception {
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(
            System.getenv().getOrDefault("MAIL_FROM", "shop@shop.test"), "The shop"));
        message.setRecipients(Message.RecipientType.TO, System.getenv("MAIL_TO"));
        String copies = System.getenv("MAIL_BCC");
        if (copies != null) message.setRecipients(Message.RecipientType.BCC, copies);
        message.setSubject("Your order \u2714", "UTF-8");
        String text = System.getenv().getOrDefault(
            "MAIL_TEXT", "Thank you.\n.\nThe line before is a dot. \u2714\n");
        if ("text".equals(kind) || "8bit".equals(kind)) {
            message.setText(text, "UTF-8");
        } else {
            message.setContent(withInvoice(text));
        }
        return message;
    }

    private static MimeMultipart withInvoice(String words) throws Exception {
        MimeBodyPart text = new MimeBodyPart();
        if ("html".equals(kind)) {
            text.setText("<p>" + words + "</p>", "UTF-8", "html");
        } else {
            text.setText(words, "UTF-8");
        }
        MimeBodyPart invoice = new MimeBodyPart();
        invoice.setText("invoice ".repeat(1000), "UTF-8");
        invoice.setFileName("invoice.txt");
        return new MimeMultipart(text, invoice);
    }
}
