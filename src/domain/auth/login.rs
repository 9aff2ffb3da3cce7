//! Login, refresh and logout.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;

use super::model::{Session, SubjectKind};
use super::token::{hash, random_secret};
use super::{Auth, AuthError, StaffUser, repo};
use crate::kernel::actor::Actor;
use crate::kernel::clock::Timestamp;
use crate::kernel::ids::{CustomerId, OrderId, SessionId, StaffId, StockAlertId};
use crate::kernel::text::{normalize_email, strip_nul};

/// The lifetime of an access token.
const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(30);
/// The lifetime of a session after its last refresh.
const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);

/// The customer or staff user who logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A customer.
    Customer(CustomerId),
    /// A staff user.
    Staff(StaffId),
}

/// The result of a login.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// The subject.
    pub subject: Subject,
    /// The access token, sent in the `Authorization: Bearer` header.
    pub access_token: String,
    /// The refresh token, which can be exchanged once for a new pair of tokens.
    pub refresh_token: String,
    /// When the access token expires.
    pub expires_at: Timestamp,
}

/// The bearer of a token, and when it expires.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The actor.
    pub actor: Actor,
    /// When the token expires.
    pub expires_at: Timestamp,
}

impl Auth {
    /// Logs a staff user in.
    pub async fn staff_login(&self, email: &str, password: &str) -> Result<(StaffUser, LoggedIn), AuthError> {
        let found = {
            let conn = self.db.conn().await?;
            repo::staff_by_email(&conn, &strip_nul(normalize_email(email))).await?
        };
        let hash = found.as_ref().map(|user| user.password_hash.as_str());
        let right = self.verify_password(password, hash).await?;
        let user = found.filter(|user| right && user.active).ok_or(AuthError::InvalidCredentials)?;
        let login = self.open_session(Subject::Staff(user.id)).await?;
        Ok((user, login))
    }

    /// Opens a session for a subject whose password was verified.
    pub async fn open_session(&self, subject: Subject) -> Result<LoggedIn, AuthError> {
        let now = self.clock.now();
        let (secret, refresh_hash) = random_secret(&mut rand::rng());
        let (subject_kind, subject_id) = parts(subject);
        let session = Session {
            id: SessionId::new(),
            subject_kind,
            subject_id,
            refresh_hash,
            created_at: now,
            expires_at: now + SESSION_LIFETIME,
        };
        let conn = self.db.conn().await?;
        repo::insert_session(&conn, &session).await?;
        self.tokens(&session, &secret, now)
    }

    /// Exchanges a refresh token for a new pair. Reusing an old token ends the session, because the token was copied.
    pub async fn refresh(&self, token: &str) -> Result<LoggedIn, AuthError> {
        let (id, secret) = read_refresh(token).ok_or(AuthError::InvalidToken)?;
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        let mut session = repo::lock_session(&tx, id).await?.ok_or(AuthError::InvalidToken)?;
        let usable = session.expires_at > now && session.refresh_hash == hash(&secret);
        if !usable || !self.is_subject_active(&tx, &session).await? {
            repo::delete_session(&tx, id).await?;
            tx.commit().await?;
            return Err(AuthError::InvalidToken);
        }
        let (secret, refresh_hash) = random_secret(&mut rand::rng());
        session.refresh_hash = refresh_hash;
        session.expires_at = now + SESSION_LIFETIME;
        repo::rotate_session(&tx, &session).await?;
        tx.commit().await?;
        self.tokens(&session, &secret, now)
    }

    /// Ends the caller's session, or all of the caller's sessions.
    pub async fn logout(&self, actor: &Actor, everywhere: bool) -> Result<(), AuthError> {
        let (subject, session) = match actor {
            Actor::Anonymous => return Err(AuthError::InvalidToken),
            Actor::Customer { id, session } => (Subject::Customer(*id), *session),
            Actor::Staff { id, session, .. } => (Subject::Staff(*id), *session),
        };
        let conn = self.db.conn().await?;
        if everywhere {
            let (kind, id) = parts(subject);
            repo::delete_sessions_of(&conn, kind, id).await?;
        } else {
            repo::delete_session(&conn, session).await?;
        }
        Ok(())
    }

    /// Deletes expired sessions, and returns their number.
    pub async fn delete_expired_sessions(&self) -> Result<usize, AuthError> {
        let conn = self.db.conn().await?;
        Ok(repo::delete_expired_sessions(&conn, self.clock.now()).await?)
    }

    /// Returns the bearer of this access token. Staff users are looked up: they may have been deactivated.
    pub async fn identify(&self, token: &str) -> Result<Identity, AuthError> {
        let claims = self.keys.read_access(token, self.clock.now().timestamp())?;
        let expires_at = Timestamp::from_timestamp(claims.exp, 0).ok_or(AuthError::InvalidToken)?;
        let actor = match claims.kind.parse().map_err(|_| AuthError::InvalidToken)? {
            SubjectKind::Customer => Actor::Customer { id: CustomerId(claims.sub), session: claims.sid },
            SubjectKind::Staff => {
                let conn = self.db.conn().await?;
                let user = repo::staff_in_session(&conn, StaffId(claims.sub), claims.sid).await?;
                let user = user.ok_or(AuthError::InvalidToken)?;
                Actor::Staff { id: user.id, session: claims.sid, permissions: user.permissions }
            }
        };
        Ok(Identity { actor, expires_at })
    }

    /// Returns the token that gives a guest access to an order.
    pub fn guest_token(&self, order: OrderId, email: &str) -> Result<String, AuthError> {
        self.keys.guest_token(order, email)
    }

    /// Returns the token that cancels a stock alert.
    pub fn stock_alert_token(&self, alert: StockAlertId) -> Result<String, AuthError> {
        self.keys.stock_alert_token(alert)
    }

    /// Returns the stock alert of a token of [`Self::stock_alert_token`]; `None` for any other text.
    pub fn stock_alert_of(&self, token: &str) -> Option<StockAlertId> {
        self.keys.stock_alert_of(token).ok()
    }

    /// Returns whether the token gives access to this order.
    pub fn grants_order_access(&self, token: &str, order: OrderId, email: &str) -> bool {
        self.keys.grants_order_access(token, order, email)
    }

    async fn is_subject_active(&self, conn: &crate::db::Conn, session: &Session) -> Result<bool, AuthError> {
        match session.subject_kind {
            SubjectKind::Customer => Ok(true),
            SubjectKind::Staff => {
                Ok(repo::staff_in_session(conn, StaffId(session.subject_id), session.id).await?.is_some())
            }
        }
    }

    fn tokens(&self, session: &Session, secret: &[u8; 32], now: Timestamp) -> Result<LoggedIn, AuthError> {
        let expires_at = now + ACCESS_LIFETIME;
        let times = (now.timestamp(), expires_at.timestamp());
        let access_token = self.keys.access(session.subject_kind, session.subject_id, session.id, times)?;
        let subject = match session.subject_kind {
            SubjectKind::Customer => Subject::Customer(CustomerId(session.subject_id)),
            SubjectKind::Staff => Subject::Staff(StaffId(session.subject_id)),
        };
        let refresh_token = format!("{}.{}", session.id, URL_SAFE_NO_PAD.encode(secret));
        Ok(LoggedIn { subject, access_token, refresh_token, expires_at })
    }
}

const fn parts(subject: Subject) -> (SubjectKind, uuid::Uuid) {
    match subject {
        Subject::Customer(id) => (SubjectKind::Customer, id.0),
        Subject::Staff(id) => (SubjectKind::Staff, id.0),
    }
}

fn read_refresh(token: &str) -> Option<(SessionId, Vec<u8>)> {
    let (id, secret) = token.split_once('.')?;
    Some((id.parse().ok()?, URL_SAFE_NO_PAD.decode(secret).ok()?))
}
