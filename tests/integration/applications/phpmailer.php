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

    $mail->setFrom('shop@shop.test', 'The shop');
    $mail->addAddress(getenv('MAIL_TO'), 'A customer');
    $mail->addStringAttachment(str_repeat('invoice ', 1000), 'invoice.txt');
    $mail->isHTML(true);
    $mail->Subject = 'Your order';
    $mail->Body = 'This is the body <b>in bold!</b>';
    $mail->AltBody = 'This is the body in plain text';
    $mail->send();
    echo 'Message has been sent';
} catch (Exception $e) {
    echo "Message could not be sent: {$mail->ErrorInfo}";
    exit(1);
}
