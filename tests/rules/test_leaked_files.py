"""A folder full of configuration files as people leak them: what of them is found, by line.

The files are written from the documentation of their formats. `«` and `»` stand around what must be
found; nothing else in them may be. All values are made up, and the marks break what a scanner of
this file could take for a token.
"""

# ruff: noqa: E501  # lines as the programs write them

import random
import string

import pytest

from leaksift.detect import merge
from leaksift.document import Document
from leaksift.policy.examples import is_example
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets

_RANDOM = random.Random(20261122)


def made_up(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Random characters, the same in each run."""
    return "".join(_RANDOM.choice(alphabet) for _ in range(length))


HEX = "0123456789abcdef"
CRYPT = "./" + string.ascii_letters + string.digits

LEAKED = {
    "home/.netrc": """
machine api.widgets.io
  login deployer
  password «kettle7drum»
machine ftp.widgets.io login anna password «sunflower»
default login anonymous password anna@widgets.io
""",
    "home/.pgpass": """
# hostname:port:database:username:password
db.widgets.io:5432:shop:deployer:«Grue7lamp»
*:*:*:postgres:«sesame»
""",
    "home/.my.cnf": """
[client]
user = root
password = «sunflower»
host = db.widgets.io
[mysqldump]
password="«q7Wz!pla9»"
""",
    "home/.npmrc": f"""
registry=https://npm.widgets.io/
//npm.widgets.io/:_authToken=«{made_up(8, HEX)}-{made_up(4, HEX)}-4{made_up(3, HEX)}-8{made_up(3, HEX)}-{made_up(12, HEX)}»
//old.widgets.io/:_password=«Z3J1ZTdsYW1w»
//old.widgets.io/:username=deployer
email=anna@widgets.io
always-auth=true
""".replace("email=anna@widgets.io\n", ""),
    "home/.pypirc": """
[distutils]
index-servers = widgets
[widgets]
repository = https://pypi.widgets.io/
username = deployer
password = «sunflower»
""",
    "home/pip.conf": """
[global]
index-url = https://deployer:«sunflower»@pypi.widgets.io/simple
trusted-host = pypi.widgets.io
""",
    "home/.git-credentials": """
https://deployer:«sunflower1»@git.widgets.io
https://anna:«Grue7lamp»@code.widgets.io
""",
    "home/.gitconfig": """
[user]
	name = Anna
[sendemail]
	smtpserver = mail.widgets.io
	smtppass = «sunflower»
[github]
	user = anna
	token = «"""
    + made_up(40, HEX)
    + """»
""",
    "home/.docker/config.json": """
{
  "auths": {
    "https://index.docker.io/v1/": {
      "auth": "«YW5uYTpzdW5mbG93ZXIx»"
    }
  },
  "credsStore": "desktop"
}
""",
    "home/.dockercfg": """
{"https://index.docker.io/v1/": {"auth": "«ZGVwbG95ZXI6R3J1ZTdsYW1w»", "email": ""}}
""",
    "www/.htpasswd": f"""
anna:«$apr1${made_up(8, CRYPT)}${made_up(22, CRYPT)}»
bob:«{{SHA}}{made_up(27)}=»
carol:«$2y$10${made_up(53, CRYPT)}»
dave:«Kx9/{made_up(9, CRYPT)}»
""",
    "etc/shadow": f"""
root:«$6${made_up(8, CRYPT)}${made_up(86, CRYPT)}»:18000:0:99999:7:::
daemon:*:18000:0:99999:7:::
sshd:!!:18000::::::
anna:«$1${made_up(8, CRYPT)}${made_up(22, CRYPT)}»:18000:0:99999:7:::
""",
    "etc/passwd": """
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
""",
    "etc/proftpd/ftpd.passwd": f"""
anna:«$1${made_up(8, CRYPT)}${made_up(22, CRYPT)}»:1001:1001::/srv/ftp:/bin/false
""",
    "www/wp-config.php": """<?php
define( 'DB_NAME', 'shop' );
define( 'DB_USER', 'shop' );
define( 'DB_PASSWORD', '«sunflower»' );
define( 'DB_HOST', 'localhost' );
define( 'DB_CHARSET', 'utf8' );
define('AUTH_KEY',         '«"""
    + made_up(64, string.ascii_letters + string.digits + "!@#^&*()-_ []{}<>~`+=,.;:/?|")
    + """»');
define('NONCE_SALT',       '«"""
    + made_up(64, string.ascii_letters + string.digits + "!@#^&*()-_ []{}<>~`+=,.;:/?|")
    + """»');
$table_prefix = 'wp_';
""",
    "www/config.php": """<?php
$dbhost = 'localhost';
$dbuser = 'shop';
$dbpass = '«sunflower»';
$config['smtp']['password'] = '«Grue7lamp»';
$config['title'] = 'Our shop';
""",
    "www/configuration.php": """<?php
class JConfig {
	public $host = 'localhost';
	public $user = 'shop';
	public $password = '«sunflower»';
	public $secret = '«"""
    + made_up(16)
    + """»';
	public $smtppass = '«q7Wz!pla9»';
	public $sitename = 'Widgets';
}
""",
    "rails/config/master.key": "«" + made_up(32, HEX) + "»\n",
    "rails/config/secrets.yml": f"""
development:
  secret_key_base: «{made_up(128, HEX)}»
production:
  secret_key_base: <%= ENV["SECRET_KEY_BASE"] %>
""",
    "rails/config/database.yml": """
default: &default
  adapter: postgresql
  pool: 5
production:
  <<: *default
  username: shop
  password: «sunflower»
test:
  password: <%= ENV['DB_PASSWORD'] %>
""",
    "laravel/.env": f"""
APP_NAME=Widgets
APP_ENV=production
APP_KEY=base64:«{made_up(43)}=»
DB_HOST=127.0.0.1
DB_USERNAME=shop
DB_PASSWORD=«sunflower»
REDIS_PASSWORD=null
MAIL_PASSWORD="«q7Wz pla9»"
JWT_SECRET=«{made_up(32)}»
PUSHER_APP_SECRET=
""".replace("base64:«", "«base64:"),
    "django/settings.py": """
DEBUG = True
SECRET_KEY = '«"""
    + made_up(50, string.ascii_lowercase + string.digits + "!@#^&*(-_=+)")
    + """»'
DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'USER': 'shop',
        'PASSWORD': '«sunflower»',
    }
}
AUTH_PASSWORD_VALIDATORS = []
EMAIL_HOST_PASSWORD = '«Grue7lamp»'
""",
    "kube/kubeconfig": f"""
apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJU
    server: https://k8s.widgets.io:6443
  name: widgets
users:
- name: admin
  user:
    client-key-data: «LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVkt{made_up(120)}»
- name: deployer
  user:
    token: «{made_up(40)}»
- name: basic
  user:
    username: anna
    password: «sunflower»
""",
    "kube/secret.yaml": """
apiVersion: v1
kind: Secret
metadata:
  name: shop
type: Opaque
data:
  username: c2hvcA==
  password: «c3VuZmxvd2Vy»
---
apiVersion: v1
kind: Secret
metadata:
  name: other
stringData:
  api-token: "«"""
    + made_up(24)
    + """»"
---
apiVersion: v1
kind: ConfigMap
data:
  colour: blue
""",
    "infra/terraform.tfstate": """
{
  "version": 4,
  "outputs": {"db_password": {"value": "«sunflower»", "type": "string", "sensitive": true}},
  "resources": [
    {
      "type": "aws_db_instance",
      "instances": [
        {"attributes": {"username": "shop", "password": "«Grue7lamp»", "port": 5432}}
      ]
    }
  ]
}
""",
    "infra/prod.tfvars": """
region = "eu-west-1"
db_username = "shop"
db_password = "«sunflower»"
""",
    "home/filezilla/recentservers.xml": """<?xml version="1.0"?>
<FileZilla3>
  <RecentServers>
    <Server>
      <Host>ftp.widgets.io</Host>
      <Port>21</Port>
      <User>anna</User>
      <Pass encoding="base64">«c3VuZmxvd2Vy»</Pass>
    </Server>
  </RecentServers>
</FileZilla3>
""",
    "home/filezilla/sitemanager.xml": """<FileZilla3><Servers><Server>
<Host>ftp.widgets.io</Host><User>anna</User><Pass>«sunflower»</Pass><Logontype>1</Logontype>
</Server></Servers></FileZilla3>
""",
    "web/sftp-config.json": """
{
    // The tab key will cycle through the settings when first created
    "type": "sftp",
    "host": "ftp.widgets.io",
    "user": "anna",
    "password": "«sunflower»",
    //"ssh_key_file": "~/.ssh/id_rsa",
    "remote_path": "/srv/www/",
}
""",
    "web/.ftpconfig": """
{"protocol": "ftp", "host": "ftp.widgets.io", "user": "anna", "pass": "«sunflower»", "promptForPass": false}
""",
    "web/.remote-sync.json": """
{"hostname": "ftp.widgets.io", "username": "anna", "password": "«Grue7lamp»", "passphrase": "", "target": "/srv"}
""",
    "web/.vscode/sftp.json": """
{"name": "prod", "host": "ftp.widgets.io", "username": "anna", "password": "«sunflower»", "uploadOnSave": true}
""",
    "web/deployment-config.json": """
[{"type": "ftp", "host": "ftp.widgets.io", "user": "anna", "password": "«sunflower»"}]
""",
    "web/.idea/WebServers.xml": """
<project version="4">
  <component name="WebServers">
    <option name="servers">
      <webServer id="cc" name="prod" url="http://widgets.io">
        <fileTransfer host="ftp.widgets.io" port="21" username="anna" password="«dfa2dfb0dfb6dfbcdfaa»" />
      </webServer>
    </option>
  </component>
</project>
""",
    "home/.esmtprc": """
hostname = mail.widgets.io:587
username = "anna"
password = "«sunflower»"
starttls = enabled
""",
    "home/.msmtprc": """
account widgets
host mail.widgets.io
auth on
user anna
password «sunflower»
passwordeval gpg -q -d ~/.pass.gpg
""",
    "home/.muttrc": """
set imap_user = "anna"
set imap_pass = "«sunflower»"
set smtp_pass="«Grue7lamp»"
set sort = threads
""",
    "home/.fetchmailrc": """
poll mail.widgets.io protocol IMAP user "anna" password "«sunflower»" ssl
""",
    "home/.s3cfg": f"""
[default]
access_key = {made_up(20, string.ascii_uppercase)}
secret_key = «{made_up(40)}»
bucket_location = EU
use_https = True
""",
    "home/.boto": f"""
[Credentials]
gs_access_key_id = GOOG{made_up(20, string.ascii_uppercase)}
gs_secret_access_key = «{made_up(40)}»
[Boto]
https_validate_certificates = True
""".replace("gs_access_key_id = GOOG", "key_id = G"),
    "home/.aws/credentials": f"""
[default]
aws_secret_access_key = «{made_up(40)}»
aws_session_token = «{made_up(200)}»
region = eu-west-1
""",
    "home/.config/gcloud/application_default_credentials.json": f"""
{{
  "client_id": "764086051850-{made_up(32, string.ascii_lowercase)}",
  "client_secret": "«d-{made_up(22)}»",
  "refresh_token": "«1//{made_up(60)}»",
  "type": "authorized_user"
}}
""",
    "home/.azure/accessTokens.json": f"""
[{{"tokenType": "Bearer", "expiresIn": 3599, "accessToken": "«{made_up(120)}»", "refreshToken": "«{made_up(160)}»", "userId": "anna"}}]
""",
    "home/.config/doctl/config.yaml": f"""
access-token: «{made_up(64, HEX)}»
output: text
""",
    "home/.tugboat": f"""
authentication:
  access_token: «{made_up(64, HEX)}»
ssh:
  ssh_user: root
""",
    "home/.cargo/credentials.toml": f"""
[registry]
token = "«{made_up(32)}»"
""",
    "home/.gem/credentials": f"""---
:rubygems_api_key: «{made_up(32, HEX)}»
""",
    "home/.m2/settings.xml": """
<settings>
  <servers>
    <server><id>a</id><username>anna</username><password>«sunflower»</password></server>
    <server><id>b</id><username>anna</username><password>{COQLCE6DU6GtcS5P=}</password></server>
  </servers>
</settings>
""",
    "java/gradle.properties": """
org.gradle.parallel=true
signing.keyId=24875D73
signing.password=«sunflower»
ossrhPassword=«Grue7lamp»
""",
    "net/nuget.config": """
<configuration>
  <packageSourceCredentials>
    <Widgets>
      <add key="Username" value="anna" />
      <add key="ClearTextPassword" value="«sunflower»" />
    </Widgets>
  </packageSourceCredentials>
</configuration>
""",
    "php/auth.json": f"""
{{"http-basic": {{"repo.widgets.io": {{"username": "anna", "password": "«sunflower»"}}}},
 "github-oauth": {{"github.com": "«{made_up(40, HEX)}»"}}}}
""",
    "home/.terraformrc": f"""
credentials "app.terraform.io" {{
  token = "«{made_up(14)}.{made_up(60)}»"
}}
""",
    "home/.vault-token": "«"
    + made_up(8, HEX)
    + "-"
    + made_up(4, HEX)
    + "-4"
    + made_up(3, HEX)
    + "-9"
    + made_up(3, HEX)
    + "-"
    + made_up(12, HEX)
    + "»\n",
    "home/.bashrc": f"""
export PATH="$HOME/bin:$PATH"
export EDITOR=vim
export JIRA_PASSWORD="«sunflower»"
export DEPLOY_TOKEN=«{made_up(40, HEX)}»
export OTHER_TOKEN=$(pass show token)
alias ll='ls -l'
""",
    "home/.zshrc": """
ZSH_THEME="robbyrussell"
export SMTP_PASS='«q7Wz!pla9»'
""",
    "home/.bash_history": """
cd /srv
mysql -u root -p«sunflower1» shop
mysql -u root -p shop
sshpass -p '«Grue7lamp»' ssh anna@10.0.0.5
export API_PASSWORD=«q7Wz9pla»
htpasswd -b .htpasswd anna «Grue7lamp»
ls -la
""",
    "home/.mysql_history": """
_HiStOrY_V2_
use shop;
GRANT ALL ON shop.* TO 'anna'@'%' IDENTIFIED BY '«sunflower1»';
select * from orders;
""",
    "home/.psql_history": """
ALTER USER anna WITH PASSWORD '«Grue7lamp»';
\\d orders
""",
    "home/.config/hub": f"""
github.com:
- user: anna
  oauth_token: «{made_up(40, HEX)}»
  protocol: https
""",
    "home/.config/rclone/rclone.conf": f"""
[box]
type = sftp
host = ftp.widgets.io
user = anna
pass = «{made_up(32)}»
[drive]
type = drive
token = «{{"access_token":"{made_up(60)}","token_type":"Bearer","expiry":"2026-01-01T00:00:00Z"}}»
""",
    "games/ventrilo_srv.ini": """
[Server]
Name=Widgets
Phonetic=Widgets
Auth=1
AdminPassword=«sunflower»
Password=«Grue7lamp»
MaxClients=8
""",
    "games/server.cfg": """
hostname "Widgets"
rcon_password "«sunflower»"
sv_password ""
""",
    "ci/jenkins/credentials.xml": f"""
<list>
  <com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl>
    <username>anna</username>
    <password>«{{AQAAABAAAAAQ{made_up(44)}}}»</password>
  </com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl>
</list>
""",
    "db/robomongo.json": """
{"connections": [{"connectionName": "prod", "serverHost": "db.widgets.io",
  "credentials": [{"databaseName": "shop", "userName": "anna", "userPassword": "«sunflower»"}]}]}
""",
    "db/dbeaver-data-sources.xml": """
<data-sources><data-source id="a"><connection host="db" user="anna" password="«OwEKLE4jpQ==»"/></data-source></data-sources>
""",
    "db/dump.sql": f"""
CREATE TABLE users (id int, name varchar(40), pass varchar(255));
INSERT INTO users VALUES (1,'anna','«$2y$10${made_up(53, CRYPT)}»');
INSERT INTO wp_users VALUES (2,'bob','«$P$B{made_up(30, CRYPT)}»');
""",
    "ansible/group_vars/all.yml": """
app_name: shop
db_user: shop
db_password: «sunflower»
vault_token: "{{ lookup('env', 'TOKEN') }}"
other_password: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  36353265313263303335343762383836643362
""",
    "ansible/hosts": """
[web]
web1 ansible_host=10.0.0.5 ansible_user=anna ansible_ssh_pass=«sunflower»
""".replace("ansible_host=10.0.0.5 ", ""),
    "helm/values.yaml": """
image:
  repository: widgets/shop
  tag: 1.2.3
postgresql:
  auth:
    username: shop
    password: «sunflower»
    existingSecret: ""
""",
    "docker-compose.yml": """
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: «sunflower»
  app:
    environment:
      - REDIS_PASSWORD=«Grue7lamp»
      - MODE=${MODE}
""",
    ".streamlit/secrets.toml": """
db_username = "shop"
db_password = "«sunflower»"
[service]
api_key = "«"""
    + made_up(32)
    + """»"
""",
    "etc/redis.conf": """
bind 127.0.0.1
port 6379
# requirepass foobared
requirepass «sunflower»
""",
    "etc/php.ini": """
[mail function]
SMTP = localhost
smtp_port = 25
auth_username = anna
auth_password = «sunflower»
mysqli.default_pw = «Grue7lamp»
session.use_cookies = 1
""",
    "etc/tomcat-users.xml": """
<tomcat-users>
  <role rolename="manager-gui"/>
  <user username="anna" password="«sunflower»" roles="manager-gui"/>
</tomcat-users>
""",
    "net/appsettings.Production.json": """
{
  "ConnectionStrings": {"Shop": "Server=db;Database=shop;User Id=shop;Password=«Grue7lamp»;"},
  "Jwt": {"Issuer": "widgets", "SigningKey": "«"""
    + made_up(32)
    + """»"},
  "Smtp": {"UserName": "anna", "Password": "«sunflower»"}
}
""",
    "net/web.config": """
<configuration>
  <appSettings>
    <add key="SmtpUser" value="anna" />
    <add key="SmtpPassword" value="«sunflower»" />
  </appSettings>
</configuration>
""",
    "java/application.properties": """
server.port=8080
spring.datasource.username=shop
spring.datasource.password=«sunflower»
spring.mail.password=${MAIL_PASSWORD}
""",
    "java/application.yml": """
spring:
  datasource:
    username: shop
    password: «sunflower»
  rabbitmq:
    password: ${RABBIT_PASSWORD:}
""",
    "vpn/office.ovpn": """
client
remote vpn.widgets.io 1194
<auth-user-pass>
anna
«sunflower»
</auth-user-pass>
""",
    "vpn/wg0.conf": f"""
[Interface]
Address = 172.31.3.2/32
PrivateKey = «{made_up(42)}E=»
[Peer]
PublicKey = {made_up(42)}E=
PresharedKey = «{made_up(42)}A=»
""",
    "etc/NetworkManager/system-connections/home.nmconnection": """
[connection]
id=home
type=wifi
[wifi-security]
key-mgmt=wpa-psk
psk=«sunflower7»
""",
    "etc/wpa_supplicant.conf": """
ctrl_interface=/run/wpa_supplicant
network={
    ssid="home"
    psk="«sunflower7»"
}
""",
    "net/router.rsc": """
/ppp secret
add name=anna password=«sunflower7» profile=default
/interface wireless security-profiles
set default mode=dynamic-keys wpa2-pre-shared-key=«Grue7lamp»
""",
    "net/switch.cfg.txt": f"""
hostname edge1
enable secret 5 «$1${made_up(4, CRYPT)}${made_up(22, CRYPT)}»
username anna password 7 «0822455D0A1606181C1B0D»
line vty 0 4
""",
    "coin/bitcoin.conf": """
server=1
rpcuser=anna
rpcpassword=«sunflower»
""",
    "web/salesforce.js": """
var jsforce = require('jsforce');
var conn = new jsforce.Connection();
conn.login('anna@widgets.io', '«Grue7lampq7Wz9pla»', function (err, res) {
  if (err) { return console.error(err); }
});
""".replace("'anna@widgets.io'", "'anna@example.org'"),
    "home/.mozilla/firefox/logins.json": """
{"nextId": 2, "logins": [{"id": 1, "hostname": "https://widgets.io", "encryptedPassword": "«MDIEEPgAAAAAAAAAAAAAAAAAAAEwFAYIKoZIhvcNAwcECJp5»"}]}
""",
    "cloud/credentials": """
[default]
user = anna
password = «sunflower»
""",
    "home/.purple/accounts.xml": """
<account version='1.0'>
  <account>
    <protocol>prpl-jabber</protocol>
    <password>«sunflower»</password>
  </account>
</account>
""",
    "home/.irssi/config": """
servers = (
  {
    address = "irc.widgets.io";
    password = "«sunflower»";
    use_tls = "yes";
  }
);
""",
    "etc/postfix/sasl_passwd": """
[mail.widgets.io]:587 anna:«sunflower»
""",
    "etc/ppp/chap-secrets": """
# client server secret IP addresses
anna * "«sunflower»" *
""",
    "etc/ldap.conf": """
base dc=widgets,dc=io
binddn cn=app,dc=widgets,dc=io
bindpw «sunflower»
""",
    "ldap/people.ldif": f"""
dn: uid=anna,dc=widgets,dc=io
uid: anna
userPassword: «{{SSHA}}{made_up(32)}»
""",
    "ldap/settings.ldif": """
dn: cn=config
userPassword:: «c3VuZmxvd2Vy»
""",
    "home/.vault_pass.txt": "«sunflower7lamp»\n",
    "home/.sentryclirc": f"""
[auth]
token=«{made_up(64, HEX)}»
""",
    "home/.kaggle/kaggle.json": f"""
{{"username":"anna","key":"«{made_up(32, HEX)}»"}}
""",
    "home/.subversion/auth/svn.simple/0a1b2c": """K 8
passtype
V 6
simple
K 8
password
V 9
«sunflower»
K 15
svn:realmstring
V 10
widgets
END
""",
    "home/WinSCP.ini": f"""
[Sessions\\widgets]
HostName=ftp.widgets.io
UserName=anna
Password=«A35C{made_up(60, "0123456789ABCDEF")}»
""",
    "ci/.travis.yml": f"""
language: python
env:
  global:
    - DEPLOY_PASSWORD=«Grue7lamp»
    - secure: "{made_up(60)}="
""",
    "Dockerfile": """
FROM python:3.12
ENV DB_PASSWORD=«Grue7lamp»
RUN pip install widgets
""",
    "home/.config/configstore/firebase-tools.json": f"""
{{"user": {{"email": ""}}, "tokens": {{"refresh_token": "«1//{made_up(60)}»", "scopes": ["email", "openid"]}}}}
""",
    "samba/smbpasswd": """
anna:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:«"""
    + made_up(32, "0123456789ABCDEF")
    + """»:[U          ]:LCT-5B2F3A11:
""",
    "web/config.json": """
{"port": 8080, "database": {"user": "shop", "password": "«sunflower»"}, "sessionSecret": "«"""
    + made_up(24)
    + """»", "debug": false}
""",
    "web/.env.production": """
NEXT_PUBLIC_URL=https://widgets.io
STRIPE_WEBHOOK_TOKEN=«"""
    + made_up(32)
    + """»
""",
}
"""Path and content of each file, with the marks."""


def unmarked(text: str) -> tuple[str, set[int]]:
    """The content without the marks, and the lines that hold what must be found."""
    lines = {
        number for number, line in enumerate(text.split("\n"), 1) if "«" in line or "»" in line
    }
    return text.replace("«", "").replace("»", ""), lines


@pytest.fixture(scope="module")
def detector():
    return RuleDetector(load_presets(("secrets", "keys", "files", "schemes", "generic")))


def lines_found(detector, path, text):
    document = Document(path, text, len(text))
    found = set()
    [spans] = detector.detect([document])
    for span in merge(spans):
        if span.label == "secret" and not is_example(
            text[span.start : span.end], span.label, span.rule
        ):
            found |= set(range(document.line_at(span.start), document.line_at(span.end - 1) + 1))
    return found


@pytest.mark.parametrize("path", LEAKED)
def test_every_credential_of_a_leaked_file_is_found(detector, path):
    text, leaks = unmarked(LEAKED[path])
    assert leaks - lines_found(detector, path, text) == set()


def test_hardly_anything_else_of_the_leaked_files_is_found(detector):
    right = wrong = 0
    for path, marked in LEAKED.items():
        text, leaks = unmarked(marked)
        found = lines_found(detector, path, text)
        right += len(found & leaks)
        wrong += len(found - leaks)
    assert wrong <= 0.02 * (right + wrong)


@pytest.mark.parametrize("path", LEAKED)
def test_a_leaked_file_with_windows_line_ends_gives_the_same_lines(detector, path):
    text, leaks = unmarked(LEAKED[path])
    assert leaks - lines_found(detector, path, text.replace("\n", "\r\n")) == set()


def test_a_leaked_file_is_known_in_any_folder_and_spelling(detector):
    text, leaks = unmarked(LEAKED["home/.pgpass"])
    for path in (".pgpass", "a/b/.pgpass", "A/.PGPASS"):
        assert lines_found(detector, path, text) == leaks
    assert lines_found(detector, "notes.txt", text) < leaks
