<?php
// As in PHPMailer's README: "A Simple Example".
use PHPMailer\PHPMailer\Exception;
use PHPMailer\PHPMailer\PHPMailer;

require 'libphp-phpmailer/autoload.php';

$mail = new PHPMailer(true);
try {
    $mail->isSMTP();
    $mail->Host = getenv('SMTP_HOST');
    $mail->SMTPAuth = true;
    $mail->Username = getenv('SMTP_USERNAME');
    $mail->Password = getenv('SMTP_PASSWORD');
    $mail->SMTPSecure = getenv('SMTP_SECURE') === 'implicit'
        ? PHPMailer::ENCRYPTION_SMTPS
        : PHPMailer::ENCRYPTION_STARTTLS;
    $mail->Port = (int) getenv('SMTP_PORT');

    // MAIL_KIND: a text, an 8-bit text, or (if there is none) HTML with an attachment.
    $kind = getenv('MAIL_KIND') ?: 'html';
    $text = getenv('MAIL_TEXT') ?: 'This is the body in plain text';
    $mail->CharSet = PHPMailer::CHARSET_UTF8;
    $mail->setFrom(getenv('MAIL_FROM') ?: 'shop@shop.test', 'The shop');
    $mail->addAddress(getenv('MAIL_TO'), 'A customer');
    $mail->Subject = 'Your order ✔';
    if ($kind === 'html') {
        $mail->addStringAttachment(str_repeat('invoice ', 1000), 'invoice.txt');
        $mail->isHTML(true);
        $mail->Body = 'This is the body <b>in bold!</b>';
        $mail->AltBody = $text;
    } else {
        if ($kind === '8bit') {
            $mail->Encoding = PHPMailer::ENCODING_8BIT;
        }
        $mail->Body = $text;
    }
    $mail->send();
    echo 'Message has been sent';
} catch (Exception $e) {
    echo "Message could not be sent: {$mail->ErrorInfo}";
    exit(1);
}
